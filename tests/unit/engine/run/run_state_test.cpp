#include "engine/run/run_state.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice {
namespace {

Error error_saying(std::string message) {
  Error error;
  error.message = std::move(message);
  return error;
}

TEST(RunState, KeepsTheFirstErrorAndStops) {
  RunState state;
  EXPECT_FALSE(state.error());
  state.fail(error_saying("first"));
  state.fail(error_saying("second"));
  ASSERT_TRUE(state.error());
  EXPECT_EQ(state.error()->message, "first");
  EXPECT_TRUE(state.stopped());
  EXPECT_TRUE(state.draining());
  EXPECT_FALSE(state.cancelled());
}

TEST(RunState, ADrainLetsDataThroughAndAnAbortDoesNot) {
  RunState drained;
  drained.drain();
  EXPECT_TRUE(drained.draining());
  EXPECT_TRUE(drained.cancelled());
  EXPECT_FALSE(drained.stopped());
  RunState aborted;
  aborted.abort();
  EXPECT_TRUE(aborted.draining());
  EXPECT_TRUE(aborted.cancelled());
  EXPECT_TRUE(aborted.stopped());
  EXPECT_FALSE(aborted.error());
}

TEST(RunState, RestsWhenNothingIsOpenAndNoBatchIsInFlight) {
  RunState state;
  EXPECT_TRUE(state.at_rest());
  state.begin();
  EXPECT_FALSE(state.at_rest());
  BatchPtr batch = state.batches().make();
  state.end();
  EXPECT_FALSE(state.at_rest());
  batch.reset();
  EXPECT_TRUE(state.at_rest());
}

TEST(RunState, CountsBatchesThatEnded) {
  RunState state;
  EXPECT_EQ(state.retired(), 0U);
  state.batches().make().reset();
  state.batches().make().reset();
  EXPECT_EQ(state.retired(), 2U);
}

// Many rounds, since what must not happen is a wake-up that is missed.
TEST(RunState, WakesTheSleeperWhenTheLastBatchEnds) {
  for (int round = 0; round < 300; ++round) {
    RunState state;
    state.begin();
    BatchPtr batch = state.batches().make();
    std::thread worker([&] {
      state.end();
      batch.reset();
    });
    state.wait();
    EXPECT_TRUE(state.at_rest());
    worker.join();
  }
}

TEST(RunState, WakesTheSleeperWhenTheRunIsGivenUp) {
  for (int round = 0; round < 300; ++round) {
    RunState state;
    state.begin();
    std::thread worker([&] {
      if (round % 2 == 0) {
        state.abort();
      } else {
        state.fail(error_saying("broken"));
      }
    });
    state.wait();
    EXPECT_TRUE(state.stopped());
    worker.join();
  }
}

}  // namespace
}  // namespace sluice
