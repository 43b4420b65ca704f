#include "engine/run/report.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/scripted_stages.h"

namespace sluice {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

/// A pipeline of a source, a transform and a sink that never runs; its counters are made up.
class ReportTest : public ::testing::Test {
 protected:
  ReportTest() {
    scripted::SinkScript out;
    out.write = [](const Batch&, const StageContext&) -> Result<Next> { return Next::again; };
    bench_.registry().add(scripted::source("src", scripted::numbers(reads_, 1)));
    bench_.registry().add(scripted::transform("map", [](Batch&) -> Status { return Done{}; }));
    bench_.registry().add(scripted::sink("out", out));
  }

  /// The report of one second in which the stages worked for so many milliseconds, and other
  /// pipelines for `others_ms`.
  PipelineReport report(std::int64_t src_ms, std::int64_t map_ms, std::int64_t out_ms,
                        std::int64_t others_ms) {
    Plan plan = bench_.plan(
        {scripted::pipeline("p", std::vector<scripted::Step>{{"src"}, {"map"}, {"out"}})}, 4);
    const Environment environment = bench_.environment();
    FlowArena arena(plan.threads);
    const PipelineRun run(plan.pipelines.front(), environment, arena);
    const Snapshot from = take_snapshot(run, 0, 0);
    std::int64_t all_ns = others_ms * 1'000'000;
    const std::int64_t busy_ms[] = {src_ms, map_ms, out_ms};
    for (std::size_t i = 0; i < 3; ++i) {
      run.plan().stages[i].meters.front()->busy_ns = busy_ms[i] * 1'000'000;
      all_ns += busy_ms[i] * 1'000'000;
    }
    return make_report(run, plan.threads, from, take_snapshot(run, second_ns, all_ns));
  }

  scripted::Bench bench_;  // Two threads.
  scripted::Count reads_;
};

TEST_F(ReportTest, AParallelStageThatUsesAllThreads) {
  const PipelineReport r = report(50, 1800, 20, 0);
  EXPECT_EQ(r.bottleneck.stage, "map");
  EXPECT_DOUBLE_EQ(r.bottleneck.busy, 0.9);
  EXPECT_EQ(r.bottleneck.hint, "uses all 2 threads");
}

TEST_F(ReportTest, AStageThatSharesTheThreadsWithOtherStages) {
  EXPECT_EQ(report(700, 900, 100, 0).bottleneck.hint, "the largest share of all 2 threads");
}

TEST_F(ReportTest, APipelineThatSharesTheThreadsWithOthers) {
  const PipelineReport r = report(50, 220, 20, 1600);
  EXPECT_EQ(r.bottleneck.stage, "map");
  EXPECT_EQ(r.bottleneck.hint, "other pipelines use all 2 threads as well");
}

TEST_F(ReportTest, APipelineWithNothingToDo) {
  EXPECT_EQ(report(50, 220, 20, 100).bottleneck.hint,
            "no stage is saturated: the input is small, or threads wait for disk");
}

TEST_F(ReportTest, ASaturatedSerialStage) {
  EXPECT_EQ(report(900, 950, 20, 0).bottleneck.hint, "reads one compressed stream at a time");
  EXPECT_EQ(report(100, 200, 950, 0).bottleneck.hint, "what it writes to takes no more");
}

TEST_F(ReportTest, WaitingOnAThreadOfItsOwnUsesNoComputeThread) {
  Plan plan = bench_.plan(
      {scripted::pipeline("p", std::vector<scripted::Step>{{"src"}, {"map"}, {"out"}})}, 4);
  const Environment environment = bench_.environment();
  FlowArena arena(plan.threads);
  const PipelineRun run(plan.pipelines.front(), environment, arena);
  for (const PlannedStage& stage : run.plan().stages) stage.meters.front()->busy_ns = 5;
  EXPECT_EQ(compute_ns(run), 15);
  run.plan().stages[2].meters.front()->has_thread = true;
  EXPECT_EQ(compute_ns(run), 10);
}

}  // namespace
}  // namespace sluice
