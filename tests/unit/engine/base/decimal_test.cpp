// Decimal numbers as doubles, those that no double can hold among them.
#include "engine/base/decimal.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace sluice {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Decimal, IsTheNearestDouble) {
  EXPECT_EQ(read_decimal("1.5"), 1.5);
  EXPECT_EQ(read_decimal("-12e-1"), -1.2);
  EXPECT_EQ(read_decimal("18446744073709551616"), 18446744073709551616.0);
  EXPECT_EQ(read_decimal("4.9406564584124654e-324"), std::numeric_limits<double>::denorm_min());
}

TEST(Decimal, TooLargeIsInfiniteAndTooSmallIsZero) {
  EXPECT_EQ(read_decimal("1e400"), infinity);
  EXPECT_EQ(read_decimal("-1e400"), -infinity);
  EXPECT_EQ(read_decimal("1e-400"), 0.0);
  EXPECT_EQ(read_decimal("0.1e310"), infinity);
  EXPECT_EQ(read_decimal("1e+99999999999999999999"), infinity);
  EXPECT_EQ(read_decimal("1e-99999999999999999999"), 0.0);
  const std::string zeros(400, '0');
  EXPECT_EQ(read_decimal("1" + zeros), infinity);
  EXPECT_EQ(read_decimal("0." + zeros + "1"), 0.0);
  EXPECT_EQ(read_decimal("0." + zeros + "1e401"), 1.0);
  EXPECT_EQ(read_decimal("0." + zeros + "1e800"), infinity);
  EXPECT_EQ(read_decimal("1" + zeros + "e-800"), 0.0);
}

TEST(Decimal, IsAllOfTheText) {
  EXPECT_EQ(read_decimal(""), std::nullopt);
  EXPECT_EQ(read_decimal("1x"), std::nullopt);
  EXPECT_EQ(read_decimal(" 1"), std::nullopt);
  EXPECT_EQ(read_decimal("1e400x"), std::nullopt);
}

}  // namespace
}  // namespace sluice
