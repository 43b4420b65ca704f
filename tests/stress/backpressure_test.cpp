// Backpressure in exact numbers: a sink that stands still lets everything above it fill the buffers
// it has, not one more, and nobody else notices.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/run/runner.h"
#include "engine/run/source_node.h"
#include "tests/support/scripted_stages.h"
#include "tests/support/stage_rig.h"

namespace sluice::scripted {
namespace {

class Backpressure : public ::testing::TestWithParam<unsigned> {
 protected:
  /// A sink on a thread of its own that counts its writes and passes `valve` in each.
  static SinkScript behind(Valve& valve, Count& writes) {
    SinkScript script;
    script.write = [&](const Batch& /*batch*/, const StageContext& context) -> Result<Next> {
      writes.add();
      valve.pass(context);
      return Next::again;
    };
    script.may_block = true;
    return script;
  }
  static SinkScript counting(Count& writes) {
    SinkScript script;
    script.write = [&](const Batch& /*batch*/, const StageContext& /*context*/) -> Result<Next> {
      writes.add();
      return Next::again;
    };
    return script;
  }
  static void expect_everything_home(Running& running) {
    for (const auto& gate : running.run().gates()) {
      EXPECT_EQ(gate->outstanding(), 0U) << gate->name();
      EXPECT_LE(gate->peak(), gate->tokens()) << gate->name();
    }
  }

  unsigned tokens() const { return GetParam(); }

  Bench bench_;
  Valve valve_;
  Count reads_;
  Count writes_;
};

INSTANTIATE_TEST_SUITE_P(Tokens, Backpressure, ::testing::Values(1U, 3U, 8U));

TEST_P(Backpressure, AStoppedSinkLetsTheSourceFillItsTokensAndNoMore) {
  const std::uint64_t total = tokens() + 40;
  bench_.registry().add(source("src", numbers(reads_, total)));
  bench_.registry().add(transform("map", [](Batch&) -> Status { return Done{}; }));
  bench_.registry().add(sink("out", behind(valve_, writes_)));
  Running running(bench_, {{"src"}, {"map"}, {"out"}}, tokens());

  ASSERT_TRUE(reads_.reaches(tokens()));
  EXPECT_TRUE(reads_.stays_at(tokens()));
  EXPECT_EQ(writes_.value(), 1U);
  EXPECT_EQ(running.gate("src").outstanding(), tokens());
  EXPECT_EQ(running.gate("src").peak(), tokens());
  EXPECT_GT(running.gate("src").blocked_ns(), 0);

  valve_.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(reads_.value(), total);
  EXPECT_EQ(writes_.value(), total);
  expect_everything_home(running);
}

TEST_P(Backpressure, ABufferLetsTheSourceFillSoManyMoreAndNoMore) {
  constexpr std::uint64_t more = 5;
  const std::uint64_t total = tokens() + 40;
  bench_.registry().add(source("src", numbers(reads_, total)));
  bench_.registry().add(buffer("hold", {(more - 1) * Bench::buffer.bytes + 1}));
  bench_.registry().add(sink("out", behind(valve_, writes_)));
  Running running(bench_, {{"src"}, {"hold"}, {"out"}}, tokens());

  ASSERT_TRUE(reads_.reaches(tokens() + more));
  EXPECT_TRUE(reads_.stays_at(tokens() + more));
  EXPECT_EQ(writes_.value(), 1U);
  EXPECT_EQ(running.gate("src").outstanding(), tokens() + more);

  valve_.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), total);
  expect_everything_home(running);
}

TEST_P(Backpressure, AGatherFillsItsOwnTokensFirst) {
  constexpr std::uint64_t per_output = 3;
  auto gathered = std::make_shared<std::string>();
  GatherScript pack;
  pack.gather = [gathered](const Batch& in, std::uint64_t /*from*/,
                           Batch& out) -> Result<Gather::Step> {
    *gathered += text_of(in);
    const bool full = std::count(gathered->begin(), gathered->end(), '\n') == per_output;
    if (full) fill(out, std::exchange(*gathered, {}));
    return Gather::Step{in.byte_count(), full};
  };
  const std::uint64_t total = per_output * 30;
  bench_.registry().add(source("src", numbers(reads_, total)));
  bench_.registry().add(gather("pack", pack));
  bench_.registry().add(sink("out", behind(valve_, writes_)));
  Running running(bench_, {{"src"}, {"pack"}, {"out"}}, tokens());

  // The gather's outputs are all under way; what came after them waits in the source's buffers.
  const std::uint64_t most = tokens() * per_output + tokens();
  ASSERT_TRUE(reads_.reaches(most));
  EXPECT_TRUE(reads_.stays_at(most));
  EXPECT_EQ(running.gate("src").outstanding(), tokens());
  EXPECT_EQ(running.gate("pack").outstanding(), tokens());

  valve_.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(reads_.value(), total);
  EXPECT_EQ(writes_.value(), total / per_output);
  expect_everything_home(running);
}

TEST_P(Backpressure, AnExpanderFillsItsOwnTokensFirst) {
  constexpr std::uint64_t per_input = 4;
  auto made = std::make_shared<std::uint64_t>(0);
  ExpanderScript copy;
  copy.expand = [made](const Batch& in, Batch& out) -> Result<Next> {
    fill(out, text_of(in));
    return ++*made % per_input == 0 ? Next::input : Next::again;
  };
  constexpr std::uint64_t total = 30;
  bench_.registry().add(source("src", numbers(reads_, total)));
  bench_.registry().add(expander("copy", copy));
  bench_.registry().add(sink("out", behind(valve_, writes_)));
  Running running(bench_, {{"src"}, {"copy"}, {"out"}}, tokens());

  // An input goes home with its last output; one that is half done still holds its buffer.
  const std::uint64_t most = tokens() / per_input + tokens();
  ASSERT_TRUE(reads_.reaches(most));
  EXPECT_TRUE(reads_.stays_at(most));
  EXPECT_EQ(running.gate("src").outstanding(), tokens());
  EXPECT_EQ(running.gate("copy").outstanding(), tokens());

  valve_.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), total * per_input);
  expect_everything_home(running);
}

TEST_P(Backpressure, OneStoppedBranchOfAFanOutStopsTheSource) {
  Count other;
  const std::uint64_t total = tokens() + 20;
  bench_.registry().add(source("src", numbers(reads_, total)));
  bench_.registry().add(sink("out", behind(valve_, writes_)));
  bench_.registry().add(sink("quick", counting(other)));
  Running running(bench_, {{"src"}, {"out", {"src"}}, {"quick", {"src"}}}, tokens());

  ASSERT_TRUE(other.reaches(tokens()));
  EXPECT_TRUE(other.stays_at(tokens()));
  EXPECT_EQ(reads_.value(), tokens());
  EXPECT_EQ(running.gate("src").outstanding(), tokens());

  valve_.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), total);
  EXPECT_EQ(other.value(), total);
}

TEST_P(Backpressure, AStoppedPipelineDoesNotStopAnother) {
  class Ends final : public RunObserver {
   public:
    explicit Ends(Valve& valve) : valve_(valve) {}
    void on_end(const PipelineRun& run, const Outcome& /*outcome*/,
                const PipelineReport& /*total*/) override {
      order.push_back(run.plan().name);
      valve_.open();
    }
    std::vector<std::string> order;

   private:
    Valve& valve_;
  };
  Count other_reads;
  Count other_writes;
  Bench bench(1);
  bench.registry().add(source("src", numbers(reads_, 50)));
  bench.registry().add(sink("out", behind(valve_, writes_)));
  bench.registry().add(source("other_src", numbers(other_reads, 50)));
  bench.registry().add(sink("other_out", counting(other_writes)));
  Ends ends(valve_);
  const Environment environment = bench.environment();
  Runner runner(bench.plan({pipeline("stopped", {{"src"}, {"out"}}),
                            pipeline("free", {{"other_src"}, {"other_out"}})},
                           tokens()),
                environment, ends, {});
  for (const Outcome& outcome : runner.run()) EXPECT_EQ(outcome.kind, OutcomeKind::done);
  EXPECT_EQ(ends.order, (std::vector<std::string>{"free", "stopped"}));
  EXPECT_EQ(writes_.value(), 50U);
  EXPECT_EQ(other_writes.value(), 50U);
}

TEST_P(Backpressure, ADrainWhileStoppedDeliversWhatIsUnderWay) {
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(sink("out", behind(valve_, writes_)));
  Running running(bench_, {{"src"}, {"out"}}, tokens());
  ASSERT_TRUE(reads_.reaches(tokens()));
  running.run().drain();
  EXPECT_TRUE(reads_.stays_at(tokens()));
  valve_.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::cancelled);
  EXPECT_EQ(reads_.value(), tokens());
  EXPECT_EQ(writes_.value(), tokens());
  const CommitTracker& commits = running.run().sources().front()->commits();
  EXPECT_EQ(commits.watermark(), commits.issued());
  expect_everything_home(running);
}

TEST_P(Backpressure, AnAbortWhileStoppedWakesTheSink) {
  std::atomic<bool> abandoned{false};
  SinkScript out = behind(valve_, writes_);
  out.finish = []() -> Status { return error_saying("finished an aborted run"); };
  out.abandon = [&] { abandoned = true; };
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(sink("out", out));
  Running running(bench_, {{"src"}, {"out"}}, tokens());
  ASSERT_TRUE(reads_.reaches(tokens()));
  ASSERT_TRUE(writes_.reaches(1));
  running.run().abort();
  const Outcome outcome = running.end();
  EXPECT_EQ(outcome.kind, OutcomeKind::cancelled);
  EXPECT_TRUE(abandoned);
  EXPECT_EQ(reads_.value(), tokens());
  EXPECT_EQ(writes_.value(), 1U) << "what was not being written is thrown away";
  const CommitTracker& commits = running.run().sources().front()->commits();
  EXPECT_EQ(commits.settled(), commits.issued());
  EXPECT_LT(commits.watermark(), commits.issued());
  expect_everything_home(running);
}

TEST_P(Backpressure, AFailureElsewhereWakesAStoppedSink) {
  Valve fault;
  SinkScript broken;
  broken.write = [&](const Batch& /*batch*/, const StageContext& context) -> Result<Next> {
    fault.pass(context);
    return error_saying("disk full");
  };
  broken.may_block = true;
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(sink("out", behind(valve_, writes_)));
  bench_.registry().add(sink("broken", broken));
  Running running(bench_, {{"src"}, {"out", {"src"}}, {"broken", {"src"}}}, tokens());
  ASSERT_TRUE(writes_.reaches(1));
  fault.open();
  const Outcome outcome = running.end();
  ASSERT_EQ(outcome.kind, OutcomeKind::failed);
  EXPECT_EQ(outcome.error->message, "disk full");
  EXPECT_EQ(outcome.error->stage, "broken");
  expect_everything_home(running);
}

TEST_P(Backpressure, TheMemoryBoundIsWhatThePoolsCanOccupy) {
  bench_.registry().add(source("src", numbers(reads_, 1)));
  bench_.registry().add(sink("out", behind(valve_, writes_)));
  const Plan plan = bench_.plan({pipeline("p", {{"src"}, {"out"}})}, tokens());
  std::uint64_t bound = 0;
  for (const GatePlan& gate : plan.pipelines.front().gates) {
    EXPECT_EQ(gate.sizes.count, tokens());
    bound += BufferPool::memory_bound(gate.sizes);
  }
  EXPECT_EQ(plan.memory_bound.bytes, bound);
  EXPECT_LE(plan.memory_bound, plan.memory_limit);
}

}  // namespace
}  // namespace sluice::scripted
