#include "stages/support/aggregate_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stages/support/cell_hash.h"
#include "stages/support/cell_text.h"
#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

using Function = AggregateFunction;

struct Record {
  Cell key;
  Cell value;
};

AggregateColumn column(Function function, double quantile = 0) {
  AggregateColumn made;
  made.name = "x";
  made.function = function;
  made.input = AggregateInput{"v", FieldType::any};
  made.quantile = quantile;
  return made;
}

/// Every function, of a field that may hold anything they all work with.
std::shared_ptr<const AggregateSpec> spec_of_all() {
  auto spec = std::make_shared<AggregateSpec>();
  spec->keys = {{"k", FieldType::any}};
  spec->max_groups = 1000;
  AggregateColumn records;
  records.name = "n";
  spec->columns.push_back(records);
  for (const AggregateFunctionInfo& info : aggregate_functions) {
    spec->columns.push_back(column(info.function, 0.9));
  }
  spec->columns.back().bounds = {Cell::integer(-10), Cell::real(0.5), Cell::integer(1000)};
  spec->columns.push_back(column(Function::quantile, 0.25));
  return spec;
}

class AggregateStateTest : public testing::Test {
 protected:
  /// A batch number `unit` of these records.
  BatchPtr batch_of(const std::vector<Record>& records, std::uint64_t unit) {
    std::string text;
    for (std::size_t i = 0; i < records.size(); ++i) text += "r\n";
    BatchPtr batch = batches_.make(text);
    batch->make_table();
    batch->set_key({unit, 0, true});
    Column& keys = batch->add_column("k");
    for (std::size_t i = 0; i < records.size(); ++i) keys.cells[i] = records[i].key;
    Column& values = batch->add_column("v");
    for (std::size_t i = 0; i < records.size(); ++i) values.cells[i] = records[i].value;
    return batch;
  }

  std::vector<AggregateState::BadRow> add(AggregateState& state, const std::vector<Record>& records,
                                          std::uint64_t unit) {
    const BatchPtr batch = batch_of(records, unit);
    std::vector<AggregateState::BadRow> bad;
    state.add(*batch, batch->selection(), bad);
    return bad;
  }

  /// All results as text, in order.
  static std::string results(const AggregateState& state) {
    TextArena texts;
    std::string all;
    for (const std::uint32_t group : state.ordered()) {
      std::vector<Cell> cells;
      state.result(group, cells, texts);
      for (const Cell& cell : cells) {
        append_json(all, cell);
        all += ' ';
      }
      all += '\n';
    }
    return all;
  }

  static Record random_record(std::mt19937_64& random) {
    static const std::vector<std::string> names{"a", "b", "", "a longer name of a group"};
    const auto number = static_cast<std::int64_t>(random() % 20000) - 5000;
    Record record;
    record.key = random() % 3 == 0 ? Cell::integer(static_cast<std::int64_t>(random() % 5))
                                   : Cell::text(names[random() % names.size()]);
    switch (random() % 4) {
      case 0:
        record.value = Cell::integer(number);
        break;
      case 1:
        record.value = Cell::real(std::ldexp(static_cast<double>(number), -7));
        break;
      case 2:
        record.value = Cell::real(std::ldexp(static_cast<double>(random()), -50));
        break;
      default:
        record.value = random() % 2 == 0 ? Cell::null() : Cell::integer(std::int64_t{1} << 62);
    }
    return record;
  }

  TextBatches batches_;
};

TEST_F(AggregateStateTest, AnySplitGivesWhatTheWholeGives) {
  std::mt19937_64 random(17);
  const auto spec = spec_of_all();
  std::vector<std::vector<Record>> units(12);
  for (auto& records : units) {
    for (std::size_t i = 0; i < 800; ++i) records.push_back(random_record(random));
  }
  AggregateState whole(spec);
  for (std::uint64_t unit = 0; unit < units.size(); ++unit) add(whole, units[unit], unit);
  const std::string expected = results(whole);
  EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 9);
  for (int round = 0; round < 10; ++round) {
    std::vector<AggregateState> parts;
    for (int i = 0; i < 4; ++i) parts.emplace_back(spec);
    std::vector<std::size_t> order(units.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t unit : order) add(parts[random() % 4], units[unit], unit);
    // ((1 + 0) + (3 + 2)) in a random order of the parts.
    std::shuffle(order.begin(), order.end(), random);
    std::vector<std::size_t> chosen{0, 1, 2, 3};
    std::shuffle(chosen.begin(), chosen.end(), random);
    parts[chosen[1]].merge(parts[chosen[0]]);
    parts[chosen[3]].merge(parts[chosen[2]]);
    parts[chosen[1]].merge(parts[chosen[3]]);
    EXPECT_EQ(results(parts[chosen[1]]), expected);
  }
}

TEST_F(AggregateStateTest, FirstAndLastGoByTheOrderOfRecords) {
  auto spec = std::make_shared<AggregateSpec>();
  spec->columns = {column(Function::first), column(Function::last)};
  AggregateState late(spec);
  AggregateState early(spec);
  add(late, {{{}, Cell::text("third")}, {{}, Cell::text("fourth")}, {{}, Cell::null()}}, 7);
  add(early, {{{}, Cell::null()}, {{}, Cell::text("first")}, {{}, Cell::text("second")}}, 2);
  late.merge(early);
  EXPECT_EQ(results(late), "\"first\" \"fourth\" \n");
}

double deviation_of(AggregateState& state) {
  TextArena texts;
  std::vector<Cell> cells;
  state.result(0, cells, texts);
  return cells.front().real();
}

TEST_F(AggregateStateTest, DeviationIsExactWhereSimpleFormulasAreNot) {
  auto spec = std::make_shared<AggregateSpec>();
  spec->columns = {column(Function::stddev)};
  AggregateState doubles(spec);
  add(doubles, {{{}, Cell::real(1e9 + 0.25)}, {{}, Cell::real(1e9 + 0.75)}}, 0);
  EXPECT_DOUBLE_EQ(deviation_of(doubles), std::sqrt(0.125));
  AggregateState integers(spec);
  const std::int64_t large = std::int64_t{1} << 62;
  add(integers,
      {{{}, Cell::integer(large)}, {{}, Cell::integer(large + 2)}, {{}, Cell::integer(large + 4)}},
      0);
  EXPECT_DOUBLE_EQ(deviation_of(integers), 2);
  AggregateState one(spec);
  add(one, {{{}, Cell::integer(5)}}, 0);
  EXPECT_EQ(results(one), "null \n");
}

TEST_F(AggregateStateTest, BadRowsAreNamedAndChangeNothing) {
  auto spec = std::make_shared<AggregateSpec>();
  spec->keys = {{"k", FieldType::any}};
  AggregateColumn records;
  records.name = "n";
  spec->columns = {records, column(Function::sum)};
  AggregateState state(spec);
  const auto bad = add(state,
                       {{Cell::text("a"), Cell::integer(1)},
                        {Cell(), Cell::integer(2)},
                        {Cell::text("a"), Cell::text("x")},
                        {Cell::text("new"), Cell::boolean(true)},
                        {Cell::text("a"), Cell()}},
                       0);
  ASSERT_EQ(bad.size(), 3U);
  EXPECT_EQ(bad[0].row, 1U);
  EXPECT_EQ(bad[0].reason, "no field 'k'");
  EXPECT_EQ(bad[1].row, 2U);
  EXPECT_EQ(bad[1].reason, "field 'v' is string");
  EXPECT_EQ(bad[2].row, 3U);
  EXPECT_EQ(results(state), "\"a\" 2 1 \n");
}

TEST_F(AggregateStateTest, SerialFormGivesTheSameStateAgain) {
  std::mt19937_64 random(19);
  const auto spec = spec_of_all();
  AggregateState state(spec);
  for (std::uint64_t unit = 0; unit < 20; ++unit) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < 800; ++i) records.push_back(random_record(random));
    add(state, records, unit);
  }
  const std::string bytes = state.serialized();
  const auto read = AggregateState::from_serialized(spec, bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(results(*read.value()), results(state));
  EXPECT_EQ(read.value()->serialized(), bytes);
  AggregateState merged(spec);
  merged.merge(*read.value());
  EXPECT_EQ(results(merged), results(state));

  auto other = std::make_shared<AggregateSpec>(*spec);
  other->keys.front().name = "another";
  EXPECT_FALSE(AggregateState::from_serialized(other, bytes));
}

TEST_F(AggregateStateTest, DamageIsFound) {
  std::mt19937_64 random(23);
  const auto spec = spec_of_all();
  AggregateState state(spec);
  std::vector<Record> records;
  for (std::size_t i = 0; i < 60; ++i) records.push_back(random_record(random));
  add(state, records, 0);
  const std::string bytes = state.serialized();
  ASSERT_TRUE(AggregateState::from_serialized(spec, bytes));
  for (std::size_t length = 0; length < bytes.size(); length += 1 + length / 50) {
    EXPECT_FALSE(AggregateState::from_serialized(spec, bytes.substr(0, length))) << length;
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1U << (random() % 8)));
    EXPECT_FALSE(AggregateState::from_serialized(spec, damaged)) << at;
  }
}

/// Whoever makes the checksum right as well must still not get more than an error, or a state whose
/// results can be asked for.
TEST_F(AggregateStateTest, MadeUpBytesDoNoHarm) {
  std::mt19937_64 random(29);
  const auto spec = spec_of_all();
  AggregateState state(spec);
  std::vector<Record> records;
  for (std::size_t i = 0; i < 60; ++i) records.push_back(random_record(random));
  add(state, records, 0);
  const std::string bytes = state.serialized();
  const std::string_view body = std::string_view(bytes).substr(0, bytes.size() - 8);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string made_up(body);
    for (std::size_t i = 0; i <= random() % 3; ++i) {
      made_up[16 + random() % (made_up.size() - 16)] = static_cast<char>(random());
    }
    if (round % 5 == 0) made_up.resize(16 + random() % (made_up.size() - 16));
    StateWriter(made_up).number(hash_bytes(made_up));
    const auto read = AggregateState::from_serialized(spec, made_up);
    if (!read) {
      ++refused;
      continue;
    }
    state.merge(*read.value());
    results(*read.value());
  }
  EXPECT_GT(refused, 800);
  EXPECT_FALSE(results(state).empty());
}

}  // namespace
}  // namespace sluice
