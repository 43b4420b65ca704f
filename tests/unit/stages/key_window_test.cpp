#include "stages/support/key_window.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <set>

#include "tests/support/test_effort.h"

namespace sluice {
namespace {

TEST(KeyWindow, RemembersTheLastOnes) {
  for (const std::size_t most : {1U, 2U, 3U, 31U, 32U, 33U, 1000U}) {
    std::mt19937_64 random(most);
    KeyWindow window(most);
    std::deque<std::uint64_t> order;
    std::set<std::uint64_t> known;
    std::uint64_t forgotten = 0;
    for (int i = 0; i < rounds(50'000); ++i) {
      // Few different homes, so that many keys want the same slot.
      const std::uint64_t number = random() % (most * 3);
      const KeyPrint key{number % 7 * 0x10001, static_cast<std::uint32_t>(number)};
      const bool is_new = known.insert(number).second;
      ASSERT_EQ(window.add(key), is_new) << i << " of at most " << most;
      if (!is_new) continue;
      order.push_back(number);
      if (order.size() <= most) continue;
      known.erase(order.front());
      order.pop_front();
      ++forgotten;
    }
    EXPECT_EQ(window.size(), most);
    EXPECT_EQ(window.forgotten(), forgotten);
  }
}

}  // namespace
}  // namespace sluice
