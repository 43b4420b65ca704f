#include "stages/support/bell.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace sluice {
namespace {

bool rings(const Bell& bell) {
  pollfd descriptor{bell.fd(), POLLIN, 0};
  return ::poll(&descriptor, 1, 0) == 1;
}

TEST(Bell, RingsUntilItIsCleared) {
  Bell bell;
  ASSERT_TRUE(bell.open());
  EXPECT_FALSE(rings(bell));
  for (int i = 0; i < 3; ++i) {
    bell.ring();
    bell.ring();
    EXPECT_TRUE(rings(bell));
    bell.clear();
    EXPECT_FALSE(rings(bell));
  }
  bell.clear();
  EXPECT_FALSE(rings(bell));
}

}  // namespace
}  // namespace sluice
