#include "stages/support/exact_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace sluice {
namespace {

double sum_of(const std::vector<double>& terms) {
  ExactSum sum;
  for (const double term : terms) sum.add(term);
  return sum.real();
}

TEST(ExactSum, RoundsOnce) {
  EXPECT_EQ(sum_of({1e100, 1, -1e100, 0.5}), 1.5);
  EXPECT_EQ(sum_of({0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}), 1.0);
  EXPECT_EQ(sum_of({1e16, 1, 1e-16}), 1e16 + 2);
  EXPECT_EQ(sum_of({1e16, 1, -1e-16}), 1e16);
  EXPECT_EQ(sum_of({}), 0);
}

TEST(ExactSum, DoesNotDependOnOrderOrGrouping) {
  std::mt19937_64 random(7);
  std::vector<double> terms;
  for (int i = 0; i < 500; ++i) {
    terms.push_back(std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())),
                               static_cast<int>(random() % 200) - 100));
  }
  const double expected = sum_of(terms);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(terms.begin(), terms.end(), random);
    EXPECT_EQ(sum_of(terms), expected);
    ExactSum left;
    ExactSum right;
    for (std::size_t i = 0; i < terms.size(); ++i) (i % 3 == 0 ? left : right).add(terms[i]);
    right.add(left);
    EXPECT_EQ(right.real(), expected);
  }
}

TEST(ExactSum, AddsIntegersInMoreThan64Bits) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  ExactSum sum;
  sum.add(most);
  EXPECT_TRUE(sum.is_integer() && sum.fits_int64());
  sum.add(most);
  EXPECT_FALSE(sum.fits_int64());
  EXPECT_EQ(sum.integer_text(), "18446744073709551614");
  EXPECT_EQ(sum.real(), 18446744073709551616.0);
  sum.add(0.5);
  EXPECT_FALSE(sum.is_integer());
  ExactSum negative;
  negative.add(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(negative.integer_text(), "-9223372036854775808");
}

TEST(ExactSum, KeepsInfinitiesAndNaN) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(sum_of({1, infinity}), infinity);
  EXPECT_TRUE(std::isnan(sum_of({infinity, -infinity})));
}

}  // namespace
}  // namespace sluice
