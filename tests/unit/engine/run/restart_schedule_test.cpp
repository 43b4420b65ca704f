#include "engine/run/restart_schedule.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

RestartSpec spec(std::optional<std::uint64_t> attempts = {}) {
  return {Duration{1s}, Duration{5s}, attempts};
}

TEST(RestartSchedule, DoublesTheWaitUpToTheLongest) {
  RestartSchedule schedule(spec());
  for (const auto wait : {1s, 2s, 4s, 5s, 5s}) EXPECT_EQ(schedule.next(0s), wait);
  EXPECT_EQ(schedule.restarts(), 5U);
}

TEST(RestartSchedule, EndsAfterSoManyInARow) {
  RestartSchedule schedule(spec(2));
  EXPECT_EQ(schedule.next(0s), 1s);
  EXPECT_EQ(schedule.next(5s), 2s);
  EXPECT_EQ(schedule.next(5s), std::nullopt);
}

TEST(RestartSchedule, AnAttemptThatLastedBeginsANewRow) {
  RestartSchedule schedule(spec(1));
  EXPECT_EQ(schedule.next(0s), 1s);
  EXPECT_EQ(schedule.next(6s), 1s);
  EXPECT_EQ(schedule.restarts(), 1U);
  EXPECT_EQ(schedule.next(0s), std::nullopt);
}

}  // namespace
}  // namespace sluice
