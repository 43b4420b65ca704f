#include "stages/support/stable_hash.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

/// Published values of XXH64.
TEST(StableHashTest, IsXxh64) {
  EXPECT_EQ(stable_hash("", 0), 0xEF46DB3751D8E999ULL);
  EXPECT_EQ(stable_hash("a", 0), 0xD24EC4F1A98C6E5BULL);
  EXPECT_EQ(stable_hash("abc", 0), 0x44BC2CF5AD770999ULL);
}

TEST(StableHashTest, DependsOnTheSeed) { EXPECT_NE(stable_hash("abc", 1), stable_hash("abc", 0)); }

}  // namespace
}  // namespace sluice
