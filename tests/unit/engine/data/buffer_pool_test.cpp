#include "engine/data/buffer_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sluice {
namespace {

TEST(BufferPool, HandsEveryBufferOutOnceAndThenNone) {
  BufferPool pool({3, 100, 0, 0});
  std::vector<BufferPtr> out;
  std::set<const char*> places;
  for (std::size_t taken = 1; taken <= 3; ++taken) {
    out.push_back(pool.try_take());
    ASSERT_TRUE(out.back());
    places.insert(out.back()->data());
    EXPECT_EQ(pool.outstanding(), taken);
  }
  EXPECT_EQ(places.size(), 3U);
  EXPECT_FALSE(pool.try_take());
  EXPECT_EQ(pool.outstanding(), 3U);
  out.clear();
  EXPECT_EQ(pool.outstanding(), 0U);
}

TEST(BufferPool, GivesTheLastReturnedBufferFirst) {
  BufferPool pool({3, 100, 0, 0});
  BufferPtr first = pool.try_take();
  BufferPtr second = pool.try_take();
  const Buffer* warm = first.get();
  second.reset();
  first.reset();
  EXPECT_EQ(pool.try_take().get(), warm);
}

TEST(BufferPool, ABufferComesHomeWithItsLastOwner) {
  BufferPool pool({1, 100, 0, 0});
  BufferPtr one = pool.try_take();
  BufferPtr other = one;
  one.reset();
  EXPECT_EQ(pool.outstanding(), 1U);
  EXPECT_FALSE(pool.try_take());
  other.reset();
  EXPECT_TRUE(pool.try_take());
}

TEST(BufferPool, CapacityIsAtLeastTheSize) {
  BufferPool small({1, 5000, 10, 0});
  EXPECT_EQ(small.try_take()->capacity(), 5000U);
  BufferPool large({1, 5000, 9000, 0});
  const BufferPtr buffer = large.try_take();
  EXPECT_EQ(buffer->size(), 5000U);
  EXPECT_EQ(buffer->capacity(), 9000U);
  EXPECT_EQ(buffer->room().size(), 9000U);
}

TEST(BufferPool, SealPutsZerosBehindTheData) {
  BufferPool pool({1, 4096, 0, 0});
  const BufferPtr buffer = pool.try_take();
  std::memset(buffer->data(), 'x', buffer->capacity());
  for (const std::size_t used : {std::size_t{4096}, std::size_t{17}, std::size_t{0}}) {
    buffer->seal(used);
    const char* behind = buffer->data() + used;
    EXPECT_TRUE(std::all_of(behind, behind + Buffer::slack, [](char c) { return c == 0; }));
    EXPECT_TRUE(used == 0 || behind[-1] == 'x');
  }
}

TEST(BufferPool, NeighboursDoNotOverlap) {
  BufferPool pool({4, 100, 300, 70});
  std::vector<BufferPtr> out;
  for (char name = 'a'; name < 'e'; ++name) {
    out.push_back(pool.try_take());
    std::memset(out.back()->data(), name, 300);
    const std::span<char> scratch = out.back()->take_scratch(70);
    std::memset(scratch.data(), name, scratch.size());
    out.back()->seal(300);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(std::string(out[i]->data(), 300), std::string(300, static_cast<char>('a' + i)));
  }
}

TEST(BufferPool, ScratchIsHandedOutFrontToBackAndAfreshForEachOwner) {
  BufferPool pool({1, 100, 0, 50});
  for (int owner = 0; owner < 2; ++owner) {
    const BufferPtr buffer = pool.try_take();
    const std::span<char> first = buffer->take_scratch(30);
    const std::span<char> second = buffer->take_scratch(20);
    ASSERT_EQ(first.size(), 30U);
    EXPECT_EQ(second.data(), first.data() + 30);
    EXPECT_TRUE(buffer->take_scratch(1).empty());
  }
}

TEST(BufferPool, BranchesTakeScratchOfOneBufferAtOnce) {
  constexpr std::size_t pieces = 1000;
  BufferPool pool({1, 100, 0, 4 * pieces * 8});
  const BufferPtr buffer = pool.try_take();
  std::vector<std::thread> branches;
  std::vector<std::set<const char*>> places(4);
  for (std::set<const char*>& mine : places) {
    branches.emplace_back([&] {
      for (std::size_t i = 0; i < pieces; ++i) mine.insert(buffer->take_scratch(8).data());
    });
  }
  for (std::thread& branch : branches) branch.join();
  std::set<const char*> all;
  for (std::set<const char*>& mine : places) all.merge(mine);
  EXPECT_EQ(all.size(), 4 * pieces);
  EXPECT_TRUE(buffer->take_scratch(1).empty());
}

TEST(BufferPool, MemoryOfAnOversizeRecordGoesBackToTheSystem) {
  BufferPool pool({1, 4096, 1 << 20, 0});
  BufferPtr buffer = pool.try_take();
  char* const far = buffer->data() + (1 << 19);
  *far = 'x';
  buffer->touch((1 << 19) + 1);
  buffer.reset();
  buffer = pool.try_take();
  EXPECT_EQ(*far, 0) << "the page was kept";
}

TEST(BufferPool, UsualMemoryAboveTheNormalSizeIsKept) {
  BufferPool pool({1, 4096, 1 << 20, 0, 1 << 18});
  BufferPtr buffer = pool.try_take();
  char* const usual = buffer->data() + (1 << 18) - 1;
  char* const far = buffer->data() + (1 << 19);
  *usual = *far = 'x';
  buffer->touch((1 << 19) + 1);
  buffer.reset();
  buffer = pool.try_take();
  EXPECT_EQ(*usual, 'x');
  EXPECT_EQ(*far, 0) << "the page was kept";
}

TEST(BufferPool, CallsBackWhenTheBufferCanBeTakenAgain) {
  struct Seen {
    BufferPool* pool = nullptr;
    int calls = 0;
    bool takeable = false;
  };
  BufferPool pool({1, 100, 0, 0});
  Seen seen{&pool};
  pool.on_return(
      [](void* context) {
        auto& mine = *static_cast<Seen*>(context);
        // Cut off first, or the buffer taken here would call back in its turn.
        mine.pool->on_return(nullptr, nullptr);
        ++mine.calls;
        mine.takeable = static_cast<bool>(mine.pool->try_take());
      },
      &seen);
  pool.try_take().reset();
  EXPECT_EQ(seen.calls, 1);
  EXPECT_TRUE(seen.takeable);
  pool.try_take().reset();
  EXPECT_EQ(seen.calls, 1);
}

TEST(BufferPool, MemoryBoundCoversDataSlackAndScratch) {
  for (const BufferPoolSizes sizes : {BufferPoolSizes{1, 1, 0, 0}, BufferPoolSizes{3, 4096, 0, 1},
                                      BufferPoolSizes{7, 1000, 70'000, 5000}}) {
    const std::size_t longest = std::max(sizes.size, sizes.capacity);
    EXPECT_GE(BufferPool::memory_bound(sizes),
              sizes.count * (longest + Buffer::slack + sizes.scratch));
    EXPECT_LE(BufferPool::memory_bound(sizes),
              sizes.count * (longest + Buffer::slack + sizes.scratch + 2 * 4096));
  }
}

TEST(BufferPool, NeverHandsABufferToTwoThreads) {
  BufferPool pool({3, 64, 0, 0});
  std::atomic<bool> shared{false};
  std::vector<std::thread> threads;
  for (char name = 'a'; name < 'e'; ++name) {
    threads.emplace_back([&, name] {
      for (int round = 0; round < 5000; ++round) {
        const BufferPtr buffer = pool.try_take();
        if (!buffer) continue;
        std::memset(buffer->data(), name, 64);
        if (std::count(buffer->data(), buffer->data() + 64, name) != 64) shared = true;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(shared);
  EXPECT_EQ(pool.outstanding(), 0U);
}

}  // namespace
}  // namespace sluice
