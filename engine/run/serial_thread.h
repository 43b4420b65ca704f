// A thread of its own for calls that may wait for somebody else (a pipe, a peer), so that they
// never hold a compute thread. Its queue needs no bound: whoever posts holds a token.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace sluice {

class SerialThread {
 public:
  using Task = std::function<void()>;

  /// `idle` runs on the thread whenever the queue has run empty; may be null. Must not throw.
  explicit SerialThread(Task idle = nullptr);
  SerialThread(const SerialThread&) = delete;
  SerialThread& operator=(const SerialThread&) = delete;
  /// Runs what is queued, then joins.
  ~SerialThread();

  /// From any thread. Tasks run in the order posted and must not throw.
  void post(Task task);

 private:
  void run();

  Task idle_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sluice
