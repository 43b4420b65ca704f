#include "stages/support/time_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace sluice {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST(TimeWindow, StartsAtMultiplesOfItsLength) {
  const auto start = [](std::int64_t every_ns, std::int64_t seconds, std::uint32_t ns) {
    return TimeWindow{every_ns, {}}.start_of({seconds, ns});
  };
  EXPECT_EQ(start(60 * second, 119, 999'999'999), (Timestamp{60, 0}));
  EXPECT_EQ(start(60 * second, 120, 0), (Timestamp{120, 0}));
  EXPECT_EQ(start(60 * second, -1, 999'999'999), (Timestamp{-60, 0}));
  EXPECT_EQ(start(60 * second, -60, 0), (Timestamp{-60, 0}));
  EXPECT_EQ(start(second / 4, 7, 600'000'000), (Timestamp{7, 500'000'000}));
  EXPECT_EQ(start(second / 4, -1, 0), (Timestamp{-1, 0}));
  EXPECT_EQ(start(3 * second / 2, -1, 0), (Timestamp{-2, 500'000'000}));
  EXPECT_EQ(start(1, Timestamp::max_seconds, 999'999'999),
            (Timestamp{Timestamp::max_seconds, 999'999'999}));
  EXPECT_EQ(start(7 * 86'400 * second, Timestamp::min_seconds, 5),
            (Timestamp{Timestamp::min_seconds, 0}));
}

TEST(WindowClock, ClosesWindowsThatEndedLongEnoughAgo) {
  WindowClock clock({10 * second, 5 * second});
  EXPECT_FALSE(clock.is_closed({0, 0}));
  clock.advance({14, 999'999'999});
  EXPECT_FALSE(clock.is_closed({0, 0}));
  clock.advance({15, 0});
  EXPECT_TRUE(clock.is_closed({0, 0}));
  EXPECT_FALSE(clock.is_closed({10, 0}));
  clock.advance({2, 0});  // What is older does not turn it back.
  EXPECT_TRUE(clock.is_closed({0, 0}));
  EXPECT_EQ(clock.newest(), (Timestamp{15, 0}));
}

/// Records split into batches anywhere give what one clock for all records gives.
TEST(WindowTally, LatenessDoesNotDependOnTheSplit) {
  std::mt19937_64 random(41);
  const TimeWindow window{10 * second, 7 * second + 1};
  std::vector<Timestamp> times;
  std::int64_t now = 0;
  for (int i = 0; i < 3000; ++i) {
    now += static_cast<std::int64_t>(random() % 3);
    const auto off = static_cast<std::int64_t>(random() % 40);
    times.push_back({now - off, static_cast<std::uint32_t>(random() % second)});
  }
  std::map<Timestamp, std::uint64_t> expected;
  std::uint64_t expected_late = 0;
  WindowClock whole(window);
  for (const Timestamp time : times) {
    if (whole.is_closed(window.start_of(time))) {
      ++expected_late;
    } else {
      ++expected[window.start_of(time)];
    }
    whole.advance(time);
  }
  ASSERT_GT(expected_late, 100U);
  ASSERT_GT(expected.size(), 100U);
  for (int round = 0; round < 30; ++round) {
    std::map<Timestamp, std::uint64_t> found;
    std::uint64_t late = 0;
    WindowClock clock(window);
    for (std::size_t at = 0; at < times.size();) {
      const std::size_t end = std::min(times.size(), at + 1 + random() % 200);
      WindowTally tally(window);
      for (; at < end; ++at) tally.take(times[at], window.start_of(times[at]));
      late += tally.late();
      for (const auto& [start, records] : tally.records()) {
        if (clock.is_closed(start)) {
          late += records;
        } else {
          found[start] += records;
        }
      }
      if (tally.newest()) clock.advance(*tally.newest());
    }
    EXPECT_EQ(late, expected_late);
    EXPECT_EQ(found, expected);
  }
}

}  // namespace
}  // namespace sluice
