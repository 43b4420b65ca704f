// Branches that drop what they have no room for: exactly what is dropped, that nobody else notices,
// and that a limit of the input is exact over all sources.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/run/report.h"
#include "engine/run/source_node.h"
#include "tests/support/scripted_stages.h"
#include "tests/support/stage_rig.h"

namespace sluice::scripted {
namespace {

/// What a sink was given, one text per batch. Thread-safe.
class Given {
 public:
  void add(const Batch& batch) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(text_of(batch));
  }
  std::vector<std::string> texts() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

/// "FIRST\n", ... of `count` numbers.
std::vector<std::string> numbers_from(std::uint64_t first, std::uint64_t count) {
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < count; ++i) texts.push_back(std::to_string(first + i) + "\n");
  return texts;
}

class Overflow : public ::testing::TestWithParam<unsigned> {
 protected:
  static constexpr std::uint64_t total = 200;

  Overflow() {
    bench_.registry().add(source("src", numbers(reads_, total)));
    SinkScript out;
    out.write = [this](const Batch& batch, const StageContext&) -> Result<Next> {
      out_.add(batch);
      writes_.add();
      return Next::again;
    };
    bench_.registry().add(sink("out", out));
    SinkScript live;
    live.write = [this](const Batch& batch, const StageContext& context) -> Result<Next> {
      live_.add(batch);
      valve_.pass(context);
      return Next::again;
    };
    live.may_block = true;
    bench_.registry().add(sink("live", live));
  }

  std::uint64_t room() const { return std::max<std::uint64_t>(GetParam(), 2); }

  /// The records that were dropped in front of `stage`.
  static std::uint64_t dropped(Running& running, std::size_t stage) {
    return running.run().plan().stages[stage].dropped->records.load();
  }

  /// Waits until `live` has been offered everything while it is stuck, and is open then.
  void offer_all(Running& running) {
    ASSERT_TRUE(writes_.reaches(total));
    // The other branch may be ahead by a batch.
    while (dropped(running, 2) < total - room()) std::this_thread::yield();
    valve_.open();
  }

  static void expect_everything_home(Running& running) {
    for (const auto& gate : running.run().gates()) {
      EXPECT_EQ(gate->outstanding(), 0U) << gate->name();
      EXPECT_LE(gate->peak(), gate->tokens()) << gate->name();
    }
    for (const SourceNode* source : running.run().sources()) {
      EXPECT_EQ(source->commits().watermark(), source->produced());
    }
  }

  Bench bench_;
  Valve valve_;
  Count reads_;
  Count writes_;
  Given out_;
  Given live_;
};

INSTANTIATE_TEST_SUITE_P(Tokens, Overflow, ::testing::Values(1U, 3U, 8U));

TEST_P(Overflow, AStuckBranchGetsWhatItHasRoomForAndTheOtherOneAll) {
  Running running(bench_, {{"src"}, {"out"}, {"live", {"src"}, "drop_newest"}}, GetParam());
  EXPECT_EQ(running.gate("src").tokens(), GetParam() + room());
  ASSERT_NO_FATAL_FAILURE(offer_all(running));
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(out_.texts(), numbers_from(0, total));
  EXPECT_EQ(live_.texts(), numbers_from(0, room()));
  EXPECT_EQ(dropped(running, 2), total - room());
  expect_everything_home(running);
}

TEST_P(Overflow, TheNewestWaitWhereTheOldestAreDropped) {
  Running running(bench_, {{"src"}, {"out"}, {"live", {"src"}, "drop_oldest"}}, GetParam());
  ASSERT_NO_FATAL_FAILURE(offer_all(running));
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(out_.texts(), numbers_from(0, total));
  const std::uint64_t below = (room() + 1) / 2;
  std::vector<std::string> wanted = numbers_from(0, below);
  for (std::string& text : numbers_from(total - (room() - below), room() - below)) {
    wanted.push_back(std::move(text));
  }
  EXPECT_EQ(live_.texts(), wanted);
  EXPECT_EQ(dropped(running, 2), total - room());
  expect_everything_home(running);
}

TEST_P(Overflow, TheOnlyReaderDoesNotHoldItsSourceUp) {
  Running running(bench_, {{"src"}, {"live", {}, "drop_newest"}}, GetParam());
  ASSERT_TRUE(reads_.reaches(total));
  valve_.open();
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(live_.texts().size() + dropped(running, 1), total);
  expect_everything_home(running);
}

TEST_P(Overflow, TheReportCountsWhatWasDroppedAsComeIn) {
  Running running(bench_, {{"src"}, {"out"}, {"live", {"src"}, "drop_newest"}}, GetParam());
  const Snapshot start = take_snapshot(running.run(), 0, 0);
  ASSERT_TRUE(writes_.reaches(total));
  valve_.open();
  running.end();
  const PipelineReport report =
      make_report(running.run(), 2, start, take_snapshot(running.run(), 1, 0));
  const StageReport& live = report.stages[2];
  EXPECT_EQ(live.records_in, total);
  // Some may still be on their way to the branch when it gets on.
  EXPECT_GT(live.dropped, 0U);
  EXPECT_LE(live.dropped, total - room());
  EXPECT_EQ(live.dropped + live.records_out, total);
  EXPECT_NE(report.bottleneck.stage, "live");
}

TEST_P(Overflow, AStuckBranchThatIsGivenUpLosesNoToken) {
  Running running(bench_, {{"src"}, {"out"}, {"live", {"src"}, "drop_oldest"}}, GetParam());
  ASSERT_TRUE(writes_.reaches(total));
  EXPECT_NE(running.run().under_way().find("'live'"), std::string::npos)
      << running.run().under_way();
  running.run().abort();
  EXPECT_EQ(running.end().kind, OutcomeKind::cancelled);
  for (const auto& gate : running.run().gates()) EXPECT_EQ(gate->outstanding(), 0U);
}

/// What a gather has copied is no longer under way, however long its output is not full.
TEST_P(Overflow, AGatherThatFillsASlowFrameDropsNothing) {
  Count gathered;
  SourceScript paced;
  auto next = std::make_shared<std::uint64_t>(0);
  paced.read = [&, next](Batch& batch) -> Result<Next> {
    if (*next == total) return Next::finished;
    if (!gathered.reaches(*next)) return error_saying("the gather got nothing");
    fill(batch, std::to_string((*next)++) + "\n");
    return Next::again;
  };
  paced.may_block = true;
  auto text = std::make_shared<std::string>();
  GatherScript pack;
  pack.gather = [&, text](const Batch& in, std::uint64_t, Batch&) -> Result<Gather::Step> {
    *text += text_of(in);
    gathered.add();
    return Gather::Step{in.byte_count(), false};
  };
  pack.finish = [text](Batch& out) -> Result<bool> {
    fill(out, *text);
    return true;
  };
  bench_.registry().add(source("paced", paced));
  bench_.registry().add(gather("pack", pack));
  Running running(bench_, {{"paced"}, {"pack", {}, "drop_newest"}, {"out"}}, GetParam());
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(dropped(running, 1), 0U);
  ASSERT_EQ(out_.texts().size(), 1U);
  const std::string all = out_.texts().front();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), static_cast<std::ptrdiff_t>(total));
}

TEST_P(Overflow, ALimitIsExactOverAllSourcesAndStopsThem) {
  Count first_reads;
  Count second_reads;
  bench_.registry().add(source("first", numbers(first_reads)));
  SourceScript second = numbers(second_reads);
  second.may_block = true;
  bench_.registry().add(source("second", second));
  PipelineSpec spec =
      pipeline("p", std::vector<Step>{{"first"}, {"second"}, {"out", {"first", "second"}}});
  spec.limit = LimitSpec{77, {}};
  Running running(bench_, std::move(spec), GetParam());
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), 77U);
  for (const auto& gate : running.run().gates()) EXPECT_EQ(gate->outstanding(), 0U);
}

}  // namespace
}  // namespace sluice::scripted
