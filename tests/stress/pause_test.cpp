// Sources that are told to pause: nothing is read, what was under way arrives, no token is lost,
// and a run that ends does not stay paused.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "engine/run/source_node.h"
#include "tests/support/scripted_stages.h"
#include "tests/support/test_effort.h"

namespace sluice::scripted {
namespace {

using Pausing = PipelineRun::Pausing;
constexpr unsigned tokens = 4;

/// Whether the source reads on a thread of its own.
class Pause : public ::testing::TestWithParam<bool> {
 protected:
  void start(std::uint64_t total) {
    SourceScript src = numbers(reads_, total);
    src.may_block = GetParam();
    bench_.registry().add(source("src", src));
    SinkScript out;
    out.write = [this](const Batch&, const StageContext&) -> Result<Next> {
      writes_.add();
      return Next::again;
    };
    bench_.registry().add(sink("out", out));
    running_ = std::make_unique<Running>(bench_, std::vector<Step>{{"src"}, {"out"}}, tokens);
  }
  /// Paused with nothing under way any more.
  void pause_and_settle() {
    ASSERT_EQ(running_->run().pause("src"), Pausing::done);
    while (running_->gate("src").outstanding() > 0) std::this_thread::yield();
  }
  void expect_all_home() {
    for (const auto& gate : running_->run().gates()) EXPECT_EQ(gate->outstanding(), 0U);
  }

  Bench bench_;
  Count reads_;
  Count writes_;
  std::unique_ptr<Running> running_;
};

INSTANTIATE_TEST_SUITE_P(OwnThread, Pause, ::testing::Bool());

TEST_P(Pause, NothingIsReadUntilItIsResumed) {
  constexpr std::uint64_t total = 5000;
  start(total);
  ASSERT_TRUE(writes_.reaches(10));
  ASSERT_NO_FATAL_FAILURE(pause_and_settle());
  EXPECT_EQ(running_->run().pause("src"), Pausing::was_so);
  running_->run().watch();  // Sees that things have moved.
  EXPECT_EQ(running_->run().watch(), "source 'src' is paused");
  EXPECT_TRUE(reads_.stays_at(writes_.value()));
  EXPECT_LT(reads_.value(), total);
  EXPECT_EQ(running_->run().resume("src"), Pausing::done);
  EXPECT_EQ(running_->run().resume("src"), Pausing::was_so);
  EXPECT_EQ(running_->end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), total);
  EXPECT_GT(running_->run().sources().front()->paused_ns(), 0);
  EXPECT_EQ(running_->run().pause("src"), Pausing::was_so) << "it has ended";
  expect_all_home();
}

TEST_P(Pause, ARunThatIsAskedToEndDoesNotStayPaused) {
  start(0);
  ASSERT_TRUE(writes_.reaches(10));
  ASSERT_NO_FATAL_FAILURE(pause_and_settle());
  running_->run().drain();
  EXPECT_EQ(running_->end().kind, OutcomeKind::cancelled);
  EXPECT_EQ(writes_.value(), reads_.value());
  expect_all_home();
}

TEST_P(Pause, ARunThatIsAskedToEndIsNotPausedAnyMore) {
  start(0);
  ASSERT_TRUE(writes_.reaches(10));
  std::thread pauser([&] {
    while (!running_->run().sources().front()->ended()) running_->run().pause("src");
  });
  running_->run().drain();
  EXPECT_EQ(running_->end().kind, OutcomeKind::cancelled);
  pauser.join();
  EXPECT_FALSE(running_->run().sources().front()->paused());
  expect_all_home();
}

/// It answers to the end of what it has been given, so its pause must end as well.
TEST(PauseOfADuplex, ARunThatIsAskedToEndDoesNotStayPaused) {
  Bench bench;
  Count reads;
  Count sent;
  Count answers;
  Valve input_ended;
  FileClaims claims;
  const StageContext context(Io::system(), Clock::system(), claims);
  bench.registry().add(source("src", numbers(reads)));
  SinkScript input;
  input.write = [&](const Batch&, const StageContext&) -> Result<Next> {
    sent.add();
    return Next::again;
  };
  input.end_input = [&]() -> Status {
    input_ended.open();
    return Done{};
  };
  SourceScript output = numbers(answers);
  output.read = [&, read = output.read](Batch& batch) -> Result<Next> {
    if (answers.value() < 5) return read(batch);
    input_ended.pass(context);
    return Next::finished;
  };
  output.stop = [&] { input_ended.open(); };
  output.may_block = true;
  bench.registry().add(duplex("echo", input, output));
  bench.registry().add(sink("out", {.write = [](const Batch&, const StageContext&) -> Result<Next> {
                              return Next::again;
                            }}));
  Running running(bench, {{"src"}, {"echo"}, {"out"}}, tokens);
  ASSERT_TRUE(sent.reaches(10));
  ASSERT_EQ(running.run().pause("echo"), Pausing::done);
  running.run().drain();
  EXPECT_EQ(running.end().kind, OutcomeKind::cancelled);
}

TEST_P(Pause, ARunThatIsGivenUpDoesNotStayPaused) {
  start(0);
  ASSERT_TRUE(writes_.reaches(10));
  ASSERT_NO_FATAL_FAILURE(pause_and_settle());
  running_->run().abort();
  EXPECT_EQ(running_->end().kind, OutcomeKind::cancelled);
  expect_all_home();
}

TEST_P(Pause, PausingAndResumingAtAnyMomentLosesNothing) {
  const std::uint64_t total = rounds(20'000U);
  start(total);
  std::uint64_t pauses = 0;
  // With other programs around, each may let through no more than a batch.
  constexpr std::uint64_t most_pauses = 2000;
  while (pauses < most_pauses && !running_->run().sources().front()->ended()) {
    if (running_->run().pause("src") == Pausing::done) ++pauses;
    if (pauses % 2 == 0) std::this_thread::yield();
    running_->run().resume("src");
  }
  EXPECT_EQ(running_->end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), total);
  EXPECT_GT(pauses, 0U);
  expect_all_home();
}

TEST_P(Pause, OnlySourcesCanBePaused) {
  start(10);
  EXPECT_EQ(running_->run().pause("out"), Pausing::no_such_source);
  EXPECT_EQ(running_->run().resume("nobody"), Pausing::no_such_source);
  EXPECT_EQ(running_->end().kind, OutcomeKind::done);
}

}  // namespace
}  // namespace sluice::scripted
