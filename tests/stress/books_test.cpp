// The books of a run: what each stage counted, which data a source may forget, and what a sink that
// never opened is told.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/run/source_node.h"
#include "tests/support/scripted_stages.h"
#include "tests/support/stage_rig.h"

namespace sluice::scripted {
namespace {

constexpr unsigned tokens = 4;

class Books : public ::testing::Test {
 protected:
  Bench bench_;
  Count reads_;
  Count writes_;
};

/// Copies line by line, three lines to an output.
GatherScript threes() {
  GatherScript script;
  script.gather = [](const Batch& in, std::uint64_t, Batch& out) -> Result<Gather::Step> {
    fill(out, std::string(out.bytes()) + text_of(in));
    return Gather::Step{in.byte_count(), out.record_count() == 3};
  };
  script.finish = [](const Batch& out) -> Result<bool> { return out.record_count() > 0; };
  return script;
}

TEST_F(Books, BalanceWhenTheSinkClosesEarly) {
  ExpanderScript copy;
  copy.expand = [](const Batch& in, Batch& out) -> Result<Next> {
    fill(out, text_of(in));
    return Next::input;
  };
  SinkScript out;
  out.write = [&](const Batch&, const StageContext&) -> Result<Next> {
    return writes_.add() == 5 ? Next::finished : Next::again;
  };
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(transform("map", [](Batch&) -> Status { return Done{}; }));
  bench_.registry().add(expander("exp", copy));
  bench_.registry().add(gather("gat", threes()));
  bench_.registry().add(sink("out", out));
  Running running(bench_, {{"src"}, {"map"}, {"exp"}, {"gat"}, {"out"}}, tokens);
  ASSERT_EQ(running.end().kind, OutcomeKind::done);

  std::uint64_t above = reads_.value();
  for (const PlannedStage& stage : running.run().plan().stages) {
    const PartMeter& meter = *stage.meters.front();
    if (stage.id != "src") {
      EXPECT_EQ(meter.records_in, above) << stage.id;
      EXPECT_EQ(meter.records_in, meter.records_out + meter.records_discarded) << stage.id;
    }
    above = meter.records_out;
  }
}

TEST_F(Books, LastWordsThatAreLostAreNotCommitted) {
  ExpanderScript hoard;
  hoard.expand = [](const Batch&, Batch&) -> Result<Next> { return Next::input; };
  hoard.finish = [](Batch& out) -> Result<Next> {
    fill(out, "all of it\n");
    return Next::input;
  };
  SinkScript out;
  out.write = [](const Batch&, const StageContext&) -> Result<Next> {
    return error_saying("disk full");
  };
  bench_.registry().add(source("src", numbers(reads_, 5)));
  bench_.registry().add(expander("hoard", hoard));
  bench_.registry().add(sink("out", out));
  Running running(bench_, {{"src"}, {"hoard"}, {"out"}}, tokens);
  ASSERT_EQ(running.end().kind, OutcomeKind::failed);
  const CommitTracker& commits = running.run().sources().front()->commits();
  EXPECT_EQ(commits.settled(), 6U) << "five batches and the mark of the end";
  EXPECT_EQ(commits.watermark(), 4U);
}

TEST_F(Books, ASourceThatIsDrainedEndsBehindTheReadThatIsUnderWay) {
  for (const bool own_thread : {false, true}) {
    Bench bench;
    Count reads;
    Count writes;
    FileClaims claims;
    const StageContext context(Io::system(), Clock::system(), claims);
    Valve input;
    Valve output;
    SourceScript src;
    src.read = [&](Batch& batch) -> Result<Next> {
      if (reads.add() == 3) input.pass(context);
      fill(batch, "line\n");
      return Next::again;
    };
    src.may_block = own_thread;
    std::mutex mutex;
    std::uint64_t last_unit = 0;
    std::optional<std::uint64_t> end_unit;
    const auto map = [&](Batch& batch) -> Status {
      const std::lock_guard lock(mutex);
      last_unit = std::max(last_unit, batch.key().unit);
      if (batch.end_of_stream()) end_unit = batch.key().unit;
      return Done{};
    };
    SinkScript out;
    out.write = [&](const Batch&, const StageContext& sink_context) -> Result<Next> {
      output.pass(sink_context);
      writes.add();
      return Next::again;
    };
    out.may_block = true;
    bench.registry().add(source("src", src));
    bench.registry().add(transform("map", map));
    bench.registry().add(sink("out", out));
    Running running(bench, {{"src"}, {"map"}, {"out"}}, tokens);
    ASSERT_TRUE(reads.reaches(3));
    running.run().drain();
    // Tokens come home and find the source over, while its read goes on.
    output.open();
    ASSERT_TRUE(writes.reaches(2));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    input.open();
    EXPECT_EQ(running.end().kind, OutcomeKind::cancelled);
    EXPECT_EQ(writes.value(), 3U);
    EXPECT_EQ(end_unit, std::optional(last_unit));
  }
}

TEST_F(Books, OnlyASinkThatWasOpenedIsAbandoned) {
  std::atomic<int> abandoned{0};
  const auto sink_that = [&](Status (*open)()) {
    SinkScript script;
    script.open = open;
    script.write = [](const Batch&, const StageContext&) -> Result<Next> { return Next::again; };
    script.abandon = [&] { ++abandoned; };
    return script;
  };
  const auto opens = []() -> Status { return Done{}; };
  bench_.registry().add(source("src", numbers(reads_, 5)));
  bench_.registry().add(sink("first", sink_that(opens)));
  bench_.registry().add(
      sink("second", sink_that([]() -> Status { return error_saying("no such folder"); })));
  bench_.registry().add(sink("third", sink_that(opens)));
  Running running(bench_, {{"src"}, {"first"}, {"second", {"src"}}, {"third", {"src"}}}, tokens);
  const Outcome outcome = running.end();
  ASSERT_EQ(outcome.kind, OutcomeKind::failed);
  EXPECT_EQ(outcome.error->stage, "second");
  EXPECT_EQ(abandoned, 1);
}

}  // namespace
}  // namespace sluice::scripted
