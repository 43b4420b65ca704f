// Line numbers of batches that are framed in any order: random inputs, threads, tokens and delays;
// every record must have the number of its line, and every run must end.
//
// SLUICE_SIMULATIONS=N runs N pipelines instead of the short form; SLUICE_SIMULATION_SEED=S begins
// at S.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/stage/meta_field.h"
#include "tests/support/scripted_stages.h"
#include "tests/support/test_effort.h"

namespace sluice::scripted {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Several inputs of lines, each of which says its own number, cut into batches at random. Some
/// lines are left out of the batches.
class Input {
 public:
  explicit Input(std::uint64_t seed) : random_(seed) {
    const std::size_t inputs = 1 + random_() % 3;
    for (std::size_t input = 0; input < inputs; ++input) cut(40 + random_() % 400);
  }

  std::uint64_t records() const noexcept { return records_; }

  SourceScript script() {
    SourceScript script;
    script.read = [this](Batch& batch) -> Result<Next> {
      if (next_ == pieces_.size()) return Next::finished;
      const Piece& piece = pieces_[next_++];
      if (piece.is_first) ledger_ = std::make_shared<InputLedger>();
      batch.set_input_place(ledger_->next());
      batch.set_work(std::make_shared<const Work>(Work{&piece, ledger_}), 0);
      return Next::again;
    };
    script.load = [](Batch& batch) -> Status {
      const auto work = std::static_pointer_cast<const Work>(batch.work());
      const Piece& piece = *work->piece;
      std::this_thread::sleep_for(std::chrono::microseconds(piece.delay_us));
      fill(batch, piece.text);
      batch.input_place()->gaps = piece.gaps;
      work->ledger->framed(*batch.input_place(), piece.lines);
      return Done{};
    };
    return script;
  }

 private:
  struct Piece {
    std::string text;
    std::vector<InputPlace::Gap> gaps;
    std::uint64_t lines = 0;
    unsigned delay_us = 0;
    bool is_first = false;
  };
  struct Work {
    const Piece* piece = nullptr;
    std::shared_ptr<InputLedger> ledger;
  };

  void cut(std::uint64_t lines) {
    const std::size_t first = pieces_.size();
    for (std::uint64_t line = 1; line <= lines;) {
      Piece piece;
      piece.is_first = pieces_.size() == first;
      piece.delay_us = random_() % 4 == 0 ? static_cast<unsigned>(random_() % 300) : 0;
      for (std::uint64_t count = random_() % 12; count > 0 && line <= lines; --count, ++line) {
        ++piece.lines;
        if (random_() % 10 == 0) {
          piece.gaps.push_back({static_cast<std::uint32_t>(piece.text.size()), 7, 1});
          continue;
        }
        piece.text += std::to_string(line) + "\n";
        ++records_;
      }
      pieces_.push_back(std::move(piece));
    }
  }

  std::mt19937_64 random_;
  std::vector<Piece> pieces_;
  std::size_t next_ = 0;
  std::uint64_t records_ = 0;
  std::shared_ptr<InputLedger> ledger_;
};

/// What a stage that read `meta.line` saw.
class Seen {
 public:
  void look_at(const Batch& batch) {
    if (batch.record_count() == 0) return;
    const Column* column = batch.find_column(name_of(MetaField::line));
    for (const std::uint32_t row : batch.selection()) {
      const std::string text(batch.text(batch.rows()[row]));
      const Cell line = column == nullptr ? Cell() : column->cells[row];
      const bool is_right =
          line.type() == Cell::Type::integer && std::to_string(line.integer()) == text;
      (is_right ? right_ : wrong_).fetch_add(1);
    }
  }
  std::uint64_t right() const noexcept { return right_; }
  std::uint64_t wrong() const noexcept { return wrong_; }

 private:
  std::atomic<std::uint64_t> right_{0};
  std::atomic<std::uint64_t> wrong_{0};
};

struct NoOptions {};

Demand lines_and_below(const NoOptions& /*options*/, const StagePlace& place) {
  Demand demand = declare_detail::passed_on(place);
  demand.fields.add(name_of(MetaField::line));
  return demand;
}

class Look final : public Transform {
 public:
  explicit Look(Seen& seen) : seen_(seen) {}
  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    seen_.look_at(batch);
    return Done{};
  }

 private:
  Seen& seen_;
};

StageType looking(std::string name, Seen& seen) {
  return Declare<NoOptions>(Role::transform, std::move(name), "Looks at line numbers.")
      .demand(lines_and_below)
      .make([&seen](const NoOptions&, StageContext&) -> Result<Parts> {
        Parts parts;
        parts.add(transform_part([&seen] { return std::make_unique<Look>(seen); }));
        return parts;
      })
      .done();
}

/// Gives all records texts elsewhere, as a redaction does.
class Move final : public Transform {
 public:
  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    if (batch.record_count() == 0) return Done{};
    batch.make_table();
    const std::span<char> room = batch.buffer()->take_scratch(batch.bytes().size() + Buffer::slack);
    std::vector<Slice> rows(batch.rows().size());
    char* out = room.data();
    for (const std::uint32_t row : batch.selection()) {
      const Slice old = batch.rows()[row];
      rows[row] = {static_cast<std::uint32_t>(out - room.data()), old.length};
      out = std::copy_n(batch.bytes().data() + old.offset, old.length, out);
    }
    batch.set_texts({room.data(), static_cast<std::size_t>(out - room.data())}, rows);
    return Done{};
  }
};

StageType moving() {
  return Declare<NoOptions>(Role::transform, "move", "Moves texts.")
      .make([](const NoOptions&, StageContext&) -> Result<Parts> {
        TransformPart part = transform_part([] { return std::make_unique<Move>(); });
        part.scratch = [](std::size_t input) { return input + Buffer::slack; };
        Parts parts;
        parts.add(std::move(part));
        return parts;
      })
      .done();
}

/// Every third record less, so that what is in front of a record is not all there.
Status thin(Batch& batch) {
  batch.make_table();
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t row : batch.selection()) {
    if (row % 3 != 1) kept.push_back(row);
  }
  batch.keep_rows(kept);
  return Done{};
}

class MetaLines : public ::testing::Test {
 protected:
  /// Runs `steps` behind the source `src`; the stages `look` and `see` note what they saw.
  void run(std::uint64_t seed, std::vector<Step> steps, bool is_thinned) {
    std::mt19937_64 random(seed);
    const unsigned threads = 1 + static_cast<unsigned>(random() % 8);
    const unsigned tokens = 3 + static_cast<unsigned>(random() % 10);
    SCOPED_TRACE("SLUICE_SIMULATION_SEED=" + std::to_string(seed));
    Input input(seed);
    Seen look;
    Seen see;
    std::atomic<std::uint64_t> delivered{0};
    SinkScript out;
    out.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
      delivered.fetch_add(batch.record_count());
      return Next::again;
    };
    Bench bench(threads);
    bench.registry().add(source("src", input.script()));
    bench.registry().add(looking("look", look));
    bench.registry().add(looking("see", see));
    bench.registry().add(moving());
    bench.registry().add(transform("thin", thin));
    bench.registry().add(transform("pass", [](Batch&) -> Status { return Done{}; }));
    bench.registry().add(sink("out", out));
    bench.registry().add(sink("other", out));
    steps.insert(steps.begin(), Step{"src"});
    Running running(bench, steps, tokens);
    const Outcome outcome = running.end();
    ASSERT_EQ(outcome.kind, OutcomeKind::done) << (outcome.error ? to_string(*outcome.error) : "");
    EXPECT_EQ(look.wrong(), 0U);
    EXPECT_EQ(see.wrong(), 0U);
    EXPECT_GT(look.right(), 0U);
    if (is_thinned) return;
    EXPECT_EQ(look.right(), input.records());
    EXPECT_GE(delivered.load(), input.records());
  }

  void run_many(const std::vector<Step>& steps, bool is_thinned = false) {
    const std::uint64_t first = from_environment("SLUICE_SIMULATION_SEED", 1);
    const std::uint64_t count = from_environment("SLUICE_SIMULATIONS", rounds<std::uint64_t>(100));
    for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
      run(seed, steps, is_thinned);
    }
  }
};

TEST_F(MetaLines, AreRightBehindTheLoader) { run_many({{"look"}, {"see"}, {"out"}}); }

TEST_F(MetaLines, AreRightBehindAFilter) { run_many({{"thin"}, {"look"}, {"out"}}, true); }

TEST_F(MetaLines, AreRightWhereTextsHaveMoved) {
  run_many({{"thin"}, {"move"}, {"pass"}, {"look"}, {"see"}, {"out"}}, true);
}

TEST_F(MetaLines, AreRightInOneBranchOfTwo) {
  run_many({{"pass"}, {"look", {"pass"}}, {"out"}, {"thin", {"pass"}}, {"other"}});
}

TEST_F(MetaLines, AreRightBehindBranchesThatMeet) {
  run_many({{"pass"}, {"thin", {"pass"}}, {"move", {"pass"}}, {"look", {"thin", "move"}}, {"out"}},
           true);
}

}  // namespace
}  // namespace sluice::scripted
