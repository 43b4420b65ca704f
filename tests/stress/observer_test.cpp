// What holds of a stage that looks at batches on their way: it sees them in order, hands them on
// with their own tokens, and may take its time without holding up anybody else.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/support/scripted_stages.h"
#include "tests/support/stage_rig.h"

namespace sluice::scripted {
namespace {

constexpr unsigned tokens = 4;

/// Keeps the texts of what it is given.
class Texts {
 public:
  Status add(const Batch& batch) {
    all_ += text_of(batch);
    return Done{};
  }
  const std::string& all() const { return all_; }

 private:
  std::string all_;
};

std::string numbers_below(std::uint64_t end) {
  std::string text;
  for (std::uint64_t i = 0; i < end; ++i) text += std::to_string(i) + "\n";
  return text;
}

class ObserverRuns : public ::testing::TestWithParam<bool> {
 protected:
  ObserverScript looking() {
    ObserverScript script;
    script.observe = [this](const Batch& batch, const StageContext&) { return seen_.add(batch); };
    script.finish = [this]() -> Status {
      finished_.add();
      return Done{};
    };
    script.stop = [this] { stopped_.add(); };
    script.may_block = GetParam();
    return script;
  }
  SinkScript writing() {
    SinkScript script;
    script.write = [this](const Batch& batch, const StageContext&) -> Result<Next> {
      writes_.add();
      static_cast<void>(written_.add(batch));
      return Next::again;
    };
    return script;
  }

  Bench bench_;
  Count reads_;
  Count writes_;
  Count finished_;
  Count stopped_;
  Texts seen_;
  Texts written_;
};

INSTANTIATE_TEST_SUITE_P(OwnThread, ObserverRuns, ::testing::Bool());

TEST_P(ObserverRuns, SeesWhatIsWantedInOrderAndHandsItOn) {
  constexpr std::uint64_t batches = 200;
  SourceScript in = numbers(reads_, batches);
  // The first of two may well be loaded last.
  in.load = [](Batch& batch) -> Status {
    if (text_of(batch).size() % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(20));
    return Done{};
  };
  bench_.registry().add(source("src", in));
  bench_.registry().add(transform("thin", [](Batch& batch) -> Status {
    if (text_of(batch).starts_with("7")) batch.select_nothing();
    return Done{};
  }));
  bench_.registry().add(observer("look", looking()));
  bench_.registry().add(sink("out", writing()));
  Running running(bench_, {{"src"}, {"thin"}, {"look"}, {"out"}}, tokens);
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  std::string wanted;
  for (std::uint64_t i = 0; i < batches; ++i) {
    const std::string line = std::to_string(i) + "\n";
    if (!line.starts_with("7")) wanted += line;
  }
  EXPECT_EQ(seen_.all(), wanted);
  EXPECT_EQ(written_.all(), wanted);
  EXPECT_EQ(finished_.value(), 1U);
  const auto& meter = *running.run().plan().stages[2].meters.front();
  EXPECT_EQ(meter.records_in.load(), meter.records_out.load());
  EXPECT_EQ(meter.bytes_in.load(), wanted.size());
  EXPECT_EQ(meter.bytes_out.load(), wanted.size());
  EXPECT_EQ(meter.has_thread.load(), GetParam());
}

TEST_P(ObserverRuns, SeesTheLastWordsOfAStageAbove) {
  ExpanderScript last_words;
  last_words.expand = [](const Batch&, Batch&) -> Result<Next> { return Next::input; };
  last_words.finish = [](Batch& out) -> Result<Next> {
    fill(out, "the end\n");
    return Next::input;
  };
  bench_.registry().add(source("src", numbers(reads_, 5)));
  bench_.registry().add(expander("expand", last_words));
  bench_.registry().add(observer("look", looking()));
  bench_.registry().add(sink("out", writing()));
  Running running(bench_, {{"src"}, {"expand"}, {"look"}, {"out"}}, tokens);
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(seen_.all(), "the end\n");
  EXPECT_EQ(written_.all(), "the end\n");
}

TEST_P(ObserverRuns, AnErrorEndsTheRun) {
  for (const bool throws : {false, true}) {
    ObserverScript script = looking();
    script.observe = [throws](const Batch& batch, const StageContext&) -> Status {
      if (text_of(batch) != "3\n") return Done{};
      if (throws) throw std::runtime_error("cannot look at this");
      return error_saying("cannot look at this");
    };
    Bench bench;
    Count reads;
    bench.registry().add(source("src", numbers(reads)));
    bench.registry().add(observer("look", script));
    bench.registry().add(sink("out", writing()));
    Running running(bench, {{"src"}, {"look"}, {"out"}}, tokens);
    const Outcome outcome = running.end();
    ASSERT_EQ(outcome.kind, OutcomeKind::failed);
    EXPECT_EQ(outcome.error->stage, "look");
    EXPECT_EQ(outcome.error->message, "cannot look at this");
    EXPECT_EQ(finished_.value(), 0U);
    EXPECT_EQ(running.gate("src").outstanding(), 0U);
  }
}

TEST_P(ObserverRuns, AnErrorAtTheEndIsAFailedRun) {
  ObserverScript script = looking();
  script.finish = []() -> Status { return error_saying("the sum is wrong"); };
  SinkScript out = writing();
  Count abandoned;
  out.abandon = [&] { abandoned.add(); };
  bench_.registry().add(source("src", numbers(reads_, 3)));
  bench_.registry().add(observer("look", script));
  bench_.registry().add(sink("out", out));
  Running running(bench_, {{"src"}, {"look"}, {"out"}}, tokens);
  const Outcome outcome = running.end();
  ASSERT_EQ(outcome.kind, OutcomeKind::failed);
  EXPECT_EQ(outcome.error->stage, "look");
  EXPECT_EQ(abandoned.value(), 1U);
}

TEST_P(ObserverRuns, AReaderThatWantsNoMoreStopsIt) {
  SinkScript out = writing();
  out.write = [this](const Batch&, const StageContext&) -> Result<Next> {
    return writes_.add() >= 3 ? Next::finished : Next::again;
  };
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(observer("look", looking()));
  bench_.registry().add(sink("out", out));
  Running running(bench_, {{"src"}, {"look"}, {"out"}}, tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_GE(stopped_.value(), 1U);
  EXPECT_EQ(finished_.value(), 1U);  // What it saw until then still counts.
  const auto& meter = *running.run().plan().stages[1].meters.front();
  EXPECT_EQ(meter.records_in.load(), meter.records_out.load() + meter.records_discarded.load());
}

TEST_P(ObserverRuns, ARunThatIsAskedToStopTellsWhatItSaw) {
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(observer("look", looking()));
  bench_.registry().add(sink("out", writing()));
  Running running(bench_, {{"src"}, {"look"}, {"out"}}, tokens);
  ASSERT_TRUE(writes_.reaches(5));
  running.run().drain();
  EXPECT_EQ(running.end().kind, OutcomeKind::cancelled);
  EXPECT_EQ(finished_.value(), 1U);
  EXPECT_EQ(seen_.all(), written_.all());
}

TEST(Observer, OneThatWaitsHoldsUpNobodyElse) {
  Bench bench(1);  // The only compute thread must stay free.
  Count reads;
  Count writes;
  Count waits;
  Valve valve;
  ObserverScript script;
  script.observe = [&](const Batch&, const StageContext& context) -> Status {
    waits.add();
    valve.pass(context);
    return Done{};
  };
  script.may_block = true;
  SinkScript out;
  out.write = [&](const Batch&, const StageContext&) -> Result<Next> {
    writes.add();
    return Next::again;
  };
  SinkScript slow;
  slow.write = [](const Batch&, const StageContext&) -> Result<Next> { return Next::again; };
  bench.registry().add(source("src", numbers(reads, 20)));
  bench.registry().add(observer("look", script));
  bench.registry().add(sink("slow", slow));
  bench.registry().add(sink("out", out));
  Running running(bench, {{"src"}, {"look"}, {"slow", {"look"}}, {"out", {"src"}}}, tokens);
  EXPECT_TRUE(waits.reaches(1));
  // Every token's batch reaches the other branch, and then no token is left.
  EXPECT_TRUE(writes.reaches(tokens));
  EXPECT_TRUE(writes.stays_at(tokens));
  EXPECT_EQ(waits.value(), 1U);
  EXPECT_EQ(running.run().watch(), "");  // There were batches since the start.
  EXPECT_EQ(running.run().watch(), "stage 'look' holds data back");
  valve.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(waits.value(), 20U);
}

TEST(Observer, OneThatWaitsReturnsWhenTheRunIsGivenUp) {
  Bench bench;
  Count reads;
  Count waits;
  Valve valve;
  ObserverScript script;
  script.observe = [&](const Batch&, const StageContext& context) -> Status {
    waits.add();
    valve.pass(context);
    return Done{};
  };
  Count stops;
  script.stop = [&] { stops.add(); };
  script.may_block = true;
  SinkScript out;
  out.write = [](const Batch&, const StageContext&) -> Result<Next> { return Next::again; };
  bench.registry().add(source("src", numbers(reads)));
  bench.registry().add(observer("look", script));
  bench.registry().add(sink("out", out));
  Running running(bench, {{"src"}, {"look"}, {"out"}}, tokens);
  ASSERT_TRUE(waits.reaches(1));
  running.run().abort();
  EXPECT_EQ(running.end().kind, OutcomeKind::cancelled);
  EXPECT_GE(stops.value(), 1U);
  EXPECT_EQ(waits.value(), 1U);
  EXPECT_EQ(running.gate("src").outstanding(), 0U);
}

TEST(Observer, BranchesThatOnlyLookMergeRecordByRecord) {
  Bench bench;
  Count reads;
  ObserverScript script;
  script.observe = [](const Batch&, const StageContext&) -> Status { return Done{}; };
  SinkScript out;
  std::string written;
  out.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
    written += text_of(batch);
    return Next::again;
  };
  bench.registry().add(source("src", numbers(reads, 30)));
  bench.registry().add(observer("look", script));
  bench.registry().add(transform("all", [](Batch&) -> Status { return Done{}; }));
  bench.registry().add(transform("none", [](Batch& batch) -> Status {
    batch.select_nothing();
    return Done{};
  }));
  bench.registry().add(sink("out", out));
  Running running(
      bench, {{"src"}, {"all"}, {"none", {"src"}}, {"look", {"none"}}, {"out", {"all", "look"}}},
      tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(written, numbers_below(30));
  EXPECT_EQ(running.run().plan().stages.back().merge, MergeOrder::records);
}

}  // namespace
}  // namespace sluice::scripted
