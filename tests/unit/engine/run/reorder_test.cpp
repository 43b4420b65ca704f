#include "engine/run/reorder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "engine/data/batch_pool.h"

namespace sluice {
namespace {

class ReorderTest : public ::testing::Test {
 protected:
  void put(std::uint64_t unit, std::uint32_t index, bool last) {
    BatchPtr batch = pool_.make();
    batch->set_key({unit, index, last});
    reorder_.put(std::move(batch));
  }
  /// The keys that can be taken now.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> take_all() {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> taken;
    while (const BatchPtr batch = reorder_.take()) {
      taken.emplace_back(batch->key().unit, batch->key().index);
    }
    return taken;
  }

  BatchPool pool_;
  Reorder reorder_;
};

using Keys = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

TEST_F(ReorderTest, HoldsBackWhatIsNotDue) {
  put(1, 0, true);
  put(2, 0, true);
  EXPECT_FALSE(reorder_.ready());
  EXPECT_FALSE(reorder_.take());
  EXPECT_EQ(reorder_.waiting(), 2U);
  put(0, 0, true);
  EXPECT_TRUE(reorder_.ready());
  EXPECT_EQ(take_all(), (Keys{{0, 0}, {1, 0}, {2, 0}}));
  EXPECT_EQ(reorder_.waiting(), 0U);
}

TEST_F(ReorderTest, AUnitEndsWithThePieceThatSaysLast) {
  put(1, 0, true);
  put(0, 0, false);
  EXPECT_EQ(take_all(), (Keys{{0, 0}}));
  put(0, 2, true);
  EXPECT_EQ(take_all(), Keys{});
  put(0, 1, false);
  EXPECT_EQ(take_all(), (Keys{{0, 1}, {0, 2}, {1, 0}}));
}

TEST_F(ReorderTest, UndoesAnyShuffle) {
  Keys expected;
  std::vector<OrderKey> keys;
  for (std::uint64_t unit = 0; unit < 50; ++unit) {
    const auto pieces = static_cast<std::uint32_t>(unit % 4 + 1);
    for (std::uint32_t index = 0; index < pieces; ++index) {
      keys.push_back({unit, index, index + 1 == pieces});
      expected.emplace_back(unit, index);
    }
  }
  std::shuffle(keys.begin(), keys.end(), std::mt19937(7));
  Keys taken;
  for (const OrderKey key : keys) {
    put(key.unit, key.index, key.last);
    for (const auto& next : take_all()) taken.push_back(next);
  }
  EXPECT_EQ(taken, expected);
}

TEST_F(ReorderTest, WhatIsClearedIsSeenOnceMoreAndGone) {
  put(3, 0, true);
  put(5, 0, true);
  std::vector<std::uint64_t> units;
  reorder_.clear([&](const Batch& batch) { units.push_back(batch.key().unit); });
  EXPECT_EQ(units, (std::vector<std::uint64_t>{3, 5}));
  EXPECT_EQ(reorder_.waiting(), 0U);
  EXPECT_EQ(pool_.in_flight(), 0U);
}

}  // namespace
}  // namespace sluice
