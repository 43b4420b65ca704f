// That it makes no difference to an aggregate how its records are split, in which order the parts
// are merged, and whether they were bytes in between: for every function, to the last bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/data/compare.h"
#include "stages/support/aggregate_spill.h"
#include "stages/support/aggregate_state.h"
#include "stages/support/cell_text.h"
#include "tests/support/faulty_io.h"
#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

struct Record {
  Cell key;
  Cell value;
};
/// Of one batch.
using Records = std::vector<Record>;

std::shared_ptr<const AggregateSpec> spec_of(AggregateFunction function) {
  auto spec = std::make_shared<AggregateSpec>();
  spec->keys = {{"k", FieldType::any}};
  spec->max_groups = 1000;
  spec->seed = random_hash_seed();
  AggregateColumn column;
  column.name = "x";
  column.function = function;
  column.input = AggregateInput{"v", FieldType::any};
  column.quantile = 0.75;
  if (function == AggregateFunction::histogram) column.bounds = {Cell::real(-1), Cell::integer(7)};
  spec->columns = {column};
  return spec;
}

/// Numbers of all magnitudes, so that sums round in any order but the exact one.
Cell random_number(std::mt19937_64& random) {
  const auto integer = static_cast<std::int64_t>(random());
  const bool is_negative = random() % 2 == 0;
  const double fraction = static_cast<double>(random() % (1ULL << 53U)) * (is_negative ? -1 : 1);
  switch (random() % 6) {
    case 0:
      return Cell::integer(integer);
    case 1:
      return Cell::integer(integer % 1000);
    case 2:
      return Cell::real(std::ldexp(fraction, static_cast<int>(random() % 1800) - 1000));
    case 3:
      return Cell::real(fraction * 0x1p-53);
    case 4:
      return Cell::null();
    default:
      return Cell::real(static_cast<double>(integer % 100) / 10);
  }
}

/// Squares of these can be exact; of those above they leave the range of a double.
Cell random_small_number(std::mt19937_64& random) {
  const Cell number = random_number(random);
  if (number.type() != Cell::Type::real) return number;
  return Cell::real(std::remainder(number.real(), 1e100));
}

class AggregatePropertyTest : public testing::TestWithParam<AggregateFunctionInfo> {
 protected:
  std::vector<Records> random_batches(std::size_t count) {
    std::vector<Records> batches(count);
    for (Records& records : batches) {
      for (std::size_t i = random_() % 200; i > 0; --i) {
        const auto key = static_cast<std::int64_t>(random_() % 40);
        const bool squares = GetParam().function == AggregateFunction::stddev;
        records.push_back({key < 20 ? Cell::integer(key) : Cell::real(static_cast<double>(key) / 8),
                           squares ? random_small_number(random_) : random_number(random_)});
      }
    }
    return batches;
  }

  void add(AggregateState& state, const Records& records, std::uint64_t unit) {
    std::string text;
    for (std::size_t i = 0; i < records.size(); ++i) text += "r\n";
    const BatchPtr batch = texts_.make(text);
    batch->make_table();
    batch->set_key({unit, 0, true});
    Column& keys = batch->add_column("k");
    for (std::size_t i = 0; i < records.size(); ++i) keys.cells[i] = records[i].key;
    Column& values = batch->add_column("v");
    for (std::size_t i = 0; i < records.size(); ++i) values.cells[i] = records[i].value;
    std::vector<AggregateState::BadRow> bad;
    state.add(*batch, batch->selection(), bad);
    EXPECT_TRUE(bad.empty());
  }

  static void append_results(std::string& all, const AggregateState& state) {
    TextArena texts;
    std::vector<Cell> cells;
    for (const std::uint32_t group : state.ordered()) {
      state.result(group, cells, texts);
      for (const Cell& cell : cells) {
        append_json(all, cell);
        all += ' ';
      }
      all += '\n';
    }
  }
  /// Doubles as JSON read back as the same double, so equal texts are equal bits.
  static std::string results(const AggregateState& state) {
    std::string all;
    append_results(all, state);
    return all;
  }

  std::mt19937_64 random_{47};
  TextBatches texts_;
};

TEST_P(AggregatePropertyTest, MergeIsCommutativeAndAssociative) {
  const auto spec = spec_of(GetParam().function);
  for (int round = 0; round < 20; ++round) {
    const std::vector<Records> batches = random_batches(3);
    const auto state = [&](std::size_t number) {
      auto made = std::make_unique<AggregateState>(spec);
      add(*made, batches[number], number);
      return made;
    };
    const auto merged = [](std::unique_ptr<AggregateState> a, const AggregateState& b) {
      a->merge(b);
      return a;
    };
    EXPECT_EQ(results(*merged(state(0), *state(1))), results(*merged(state(1), *state(0))));
    const std::string left = results(*merged(merged(state(0), *state(1)), *state(2)));
    EXPECT_EQ(left, results(*merged(state(0), *merged(state(1), *state(2)))));
    EXPECT_EQ(left, results(*merged(state(2), *merged(state(1), *state(0)))));
    AggregateState whole(spec);
    for (std::size_t i = 0; i < 3; ++i) add(whole, batches[i], i);
    EXPECT_EQ(left, results(whole));
  }
}

TEST_P(AggregatePropertyTest, BytesInBetweenMakeNoDifference) {
  const auto spec = spec_of(GetParam().function);
  const std::vector<Records> batches = random_batches(20);
  AggregateState whole(spec);
  AggregateState from_bytes(spec);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    add(whole, batches[i], i);
    AggregateState part(spec);
    add(part, batches[i], i);
    const std::string bytes = part.serialized();
    const auto again = AggregateState::from_serialized(spec, bytes);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again.value()->serialized(), bytes);
    from_bytes.merge(*again.value());
  }
  EXPECT_EQ(results(from_bytes), results(whole));
}

TEST_P(AggregatePropertyTest, DiskMakesNoDifference) {
  const auto spec = spec_of(GetParam().function);
  const std::vector<Records> batches = random_batches(300);  // More than there are runs.
  FaultyIo io;
  io.shorten(FaultyIo::Call::write, 1000);
  io.shorten(FaultyIo::Call::pread, 700);
  SpilledGroups spilled(spec, io);
  EXPECT_TRUE(spilled.empty());
  AggregateState whole(spec);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    add(whole, batches[i], i);
    AggregateState part(spec);
    add(part, batches[i], i);
    ASSERT_TRUE(spilled.add(part));
  }
  EXPECT_FALSE(spilled.empty());
  EXPECT_GE(io.count(FaultyIo::Call::open), 2);  // Runs were merged into a new file.
  // Those below 10 first, as windows that close have it.
  std::string all;
  for (const double bound : {10.0, 100.0}) {
    while (true) {
      const auto block =
          spilled.next([bound](AggregateState::Key key) { return to_double(key.front()) < bound; });
      ASSERT_TRUE(block) << block.error().message;
      if (block.value()->groups() == 0) break;
      append_results(all, *block.value());
    }
    if (bound < 100) {
      ASSERT_FALSE(spilled.first_key().empty());
      EXPECT_EQ(to_double(spilled.first_key().front()), 10);
    }
  }
  EXPECT_TRUE(spilled.first_key().empty());
  EXPECT_EQ(all, results(whole));
}

INSTANTIATE_TEST_SUITE_P(Functions, AggregatePropertyTest, testing::ValuesIn(aggregate_functions),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(SpilledGroups, AFullDiskIsAClearError) {
  const auto spec = spec_of(AggregateFunction::count);
  AggregateState state(spec);
  const std::string name = "group";
  TextBatches texts;
  const BatchPtr batch = texts.make("r\n");
  batch->make_table();
  batch->add_column("k").cells.front() = Cell::text(name);
  std::vector<AggregateState::BadRow> bad;
  state.add(*batch, batch->selection(), bad);

  FaultyIo full;
  full.fail(FaultyIo::Call::write, 1, ENOSPC);
  const Status status = SpilledGroups(spec, full).add(state);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::io);
  EXPECT_NE(to_string(status.error()).find("No space left on device"), std::string::npos);
  EXPECT_NE(to_string(status.error()).find("temporary file"), std::string::npos);

  FaultyIo unreadable;
  unreadable.fail(FaultyIo::Call::pread, 1, EIO);
  EXPECT_FALSE(SpilledGroups(spec, unreadable).add(state));

  FaultyIo without_nameless;
  without_nameless.fail(FaultyIo::Call::open, 1, EOPNOTSUPP);
  EXPECT_TRUE(SpilledGroups(spec, without_nameless).add(state));
  EXPECT_EQ(without_nameless.count(FaultyIo::Call::unlink), 1);

  FaultyIo closed;
  closed.fail(FaultyIo::Call::open, 1, EACCES, true);
  EXPECT_FALSE(SpilledGroups(spec, closed).add(state));
}

}  // namespace
}  // namespace sluice
