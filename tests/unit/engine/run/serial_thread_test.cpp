#include "engine/run/serial_thread.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

namespace sluice {
namespace {

TEST(SerialThread, RunsTasksInOrderOnOneOtherThread) {
  std::vector<int> seen;
  std::vector<std::thread::id> on;
  {
    SerialThread thread;
    for (int i = 0; i < 100; ++i) {
      thread.post([&, i] {
        seen.push_back(i);
        on.push_back(std::this_thread::get_id());
      });
    }
  }
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(seen, expected) << "its end runs what is queued";
  for (const std::thread::id id : on) {
    EXPECT_EQ(id, on.front());
    EXPECT_NE(id, std::this_thread::get_id());
  }
}

TEST(SerialThread, MayEndWithoutAnyTask) { const SerialThread thread; }

TEST(SerialThread, TakesTasksFromATask) {
  std::vector<int> seen;
  {
    SerialThread thread;
    thread.post([&] {
      seen.push_back(1);
      thread.post([&] { seen.push_back(2); });
    });
  }
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(SerialThread, SaysWhenItsQueueHasRunEmpty) {
  std::mutex mutex;
  std::condition_variable changed;
  int done = 0;
  std::vector<int> done_when_idle;
  SerialThread thread([&] {
    const std::lock_guard lock(mutex);
    done_when_idle.push_back(done);
    changed.notify_all();
  });
  const auto task = [&] {
    const std::lock_guard lock(mutex);
    ++done;
  };
  thread.post([&] {
    task();
    thread.post(task);  // Queued before the first task ends, so not idle between the two.
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done_when_idle.size() == 1; });
  EXPECT_EQ(done_when_idle, std::vector<int>{2});
  lock.unlock();
  thread.post(task);
  lock.lock();
  changed.wait(lock, [&] { return done_when_idle.size() == 2; });
  EXPECT_EQ(done_when_idle, (std::vector<int>{2, 3}));
}

TEST(SerialThread, LetsGoOfATaskBeforeTheNext) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  bool gone = false;
  {
    SerialThread thread;
    thread.post([held = std::move(held)] {});
    thread.post([&] { gone = watch.expired(); });
  }
  EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace sluice
