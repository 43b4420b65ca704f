#include "engine/data/receipt.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sluice {
namespace {

std::vector<ReceiptPtr> issue(CommitTracker& tracker, std::size_t count) {
  std::vector<ReceiptPtr> receipts;
  for (std::size_t i = 0; i < count; ++i) receipts.push_back(tracker.issue());
  return receipts;
}

TEST(CommitTracker, NumbersFromZeroWithoutGaps) {
  CommitTracker tracker;
  EXPECT_EQ(tracker.issued(), 0U);
  const std::vector<ReceiptPtr> receipts = issue(tracker, 3);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(receipts[i]->sequence(), i);
  EXPECT_EQ(tracker.issued(), 3U);
  EXPECT_EQ(tracker.settled(), 0U);
  EXPECT_EQ(tracker.watermark(), 0U);
}

TEST(CommitTracker, TheWatermarkWaitsForTheSlowest) {
  CommitTracker tracker;
  std::vector<ReceiptPtr> receipts = issue(tracker, 4);
  receipts[1].reset();
  receipts[3].reset();
  EXPECT_EQ(tracker.settled(), 2U);
  EXPECT_EQ(tracker.watermark(), 0U);
  receipts[0].reset();
  EXPECT_EQ(tracker.watermark(), 2U);
  receipts[2].reset();
  EXPECT_EQ(tracker.watermark(), 4U);
}

TEST(CommitTracker, AReceiptIsSettledWithItsLastHolder) {
  CommitTracker tracker;
  ReceiptPtr one = tracker.issue();
  ReceiptPtr other = one;
  one.reset();
  EXPECT_EQ(tracker.settled(), 0U);
  other.reset();
  EXPECT_EQ(tracker.settled(), 1U);
  EXPECT_EQ(tracker.watermark(), 1U);
}

TEST(CommitTracker, TheWatermarkStopsForGoodAtTheFirstLoss) {
  CommitTracker tracker;
  std::vector<ReceiptPtr> receipts = issue(tracker, 4);
  receipts[1]->mark_lost();
  receipts.clear();
  EXPECT_EQ(tracker.settled(), 4U);
  EXPECT_EQ(tracker.watermark(), 1U);
  tracker.issue().reset();
  EXPECT_EQ(tracker.watermark(), 1U);
}

TEST(CommitTracker, OneHolderWhoLosesItIsEnough) {
  CommitTracker tracker;
  std::vector<ReceiptPtr> receipts = issue(tracker, 1);
  receipts.push_back(receipts.front());
  receipts.back()->mark_lost();
  receipts.clear();
  EXPECT_EQ(tracker.watermark(), 0U);
}

TEST(CommitTracker, CountsRightFromManyThreads) {
  CommitTracker tracker;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 2000; ++round) {
        ReceiptPtr receipt = tracker.issue();
        const ReceiptPtr share = receipt;
        receipt.reset();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tracker.issued(), 8000U);
  EXPECT_EQ(tracker.settled(), 8000U);
  EXPECT_EQ(tracker.watermark(), 8000U);
}

}  // namespace
}  // namespace sluice
