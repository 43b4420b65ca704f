#include "stages/support/rate_limit.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace sluice {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST(RateLimit, TheFirstPieceWaitsForNothing) {
  RateLimit limit(10, 0);
  EXPECT_EQ(limit.wait_ns(77 * second), 0);
}

TEST(RateLimit, APieceIsPaidForByTheTimeBehindIt) {
  RateLimit limit(10, 0);
  limit.pass(25, 77 * second);
  EXPECT_EQ(limit.wait_ns(77 * second), 2 * second + second / 2);
  EXPECT_EQ(limit.wait_ns(79 * second), second / 2);
  EXPECT_EQ(limit.wait_ns(80 * second), 0);
}

TEST(RateLimit, TimeMayBeginBelowZero) {
  RateLimit limit(1, 0);
  limit.pass(1, -9 * second);
  EXPECT_EQ(limit.wait_ns(-9 * second), second);
}

TEST(RateLimit, WithoutSavingsTimeThatPassesUnusedIsLost) {
  RateLimit limit(10, 0);
  limit.pass(10, 0);
  limit.pass(10, 50 * second);
  EXPECT_EQ(limit.wait_ns(50 * second), second);
}

TEST(RateLimit, WithSavingsItMayBeMadeUpFor) {
  RateLimit limit(10, 3 * second);
  limit.pass(10, 0);
  // Of the 50 s three count: so much passes at once.
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(limit.wait_ns(50 * second), 0) << i;
    limit.pass(10, 50 * second);
  }
  EXPECT_EQ(limit.wait_ns(50 * second), second);
}

TEST(RateLimit, AnythingGoesInTheEnd) {
  RateLimit limit(1, 0);
  limit.pass(std::numeric_limits<std::uint64_t>::max(), 5);
  limit.pass(std::numeric_limits<std::uint64_t>::max(), 5);
  limit.pass(std::numeric_limits<std::uint64_t>::max(), 5);
  EXPECT_GT(limit.wait_ns(5), 0);
  EXPECT_EQ(limit.wait_ns(std::numeric_limits<std::int64_t>::max()), 0);
}

/// No stretch of time sees more than its share, the savings and the piece that it ends with.
TEST(RateLimit, HoldsOverAnyStretchOfTime) {
  struct Passed {
    std::int64_t at_ns;
    std::uint64_t units;
  };
  std::mt19937_64 random(9);
  for (int round = 0; round < 50; ++round) {
    const std::uint64_t rate = 1 + random() % 1000;
    const auto saved_ns = static_cast<std::int64_t>(random() % (3 * second));
    RateLimit limit(rate, saved_ns);
    std::vector<Passed> passed;
    std::int64_t now_ns = 0;
    for (int i = 0; i < 60; ++i) {
      now_ns += static_cast<std::int64_t>(random() % (2 * second));
      now_ns += limit.wait_ns(now_ns);
      passed.push_back({now_ns, random() % (2 * rate)});
      limit.pass(passed.back().units, now_ns);
    }
    for (std::size_t begin = 0; begin < passed.size(); ++begin) {
      double units = 0;
      for (std::size_t end = begin; end < passed.size(); ++end) {
        const auto counted_ns =
            static_cast<double>(passed[end].at_ns - passed[begin].at_ns + saved_ns);
        ASSERT_LE(units, static_cast<double>(rate) * counted_ns / 1e9 + 1);
        units += static_cast<double>(passed[end].units);
      }
    }
  }
}

}  // namespace
}  // namespace sluice
