// Waiting for many descriptors at once: the one event loop of everything that reads sockets.
//
// It waits on the thread that asks it to, which is the own thread of a source that may block, and
// only while that holds a token; so a thousand quiet connections cost neither a thread nor any
// time, and a pipeline that does not keep up leaves their data with the kernel.
#pragma once

#include <chrono>
#include <optional>

#include "engine/base/result.h"
#include "stages/support/wakeup.h"

namespace sluice {

/// Thread of its owner only, but for wake().
class EventLoop {
 public:
  EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  /// Before anything else but wake(). Errors: io.
  Status open();

  /// From now on next() answers `whose` when `fd` can be read, which its end and its errors count
  /// as. To be removed before the descriptor is closed. Errors: io.
  Status add(int fd, void* whose);
  void remove(int fd) noexcept;

  /// Waits for one that can be read; those that can are answered in turn. Null: none could within
  /// `limit` (nothing: for ever), or wake() was called.
  Result<void*> next(std::optional<std::chrono::nanoseconds> limit);

  /// Makes next() return at once, now and later. From any thread, any number of times.
  void wake() noexcept { wakeup_.signal(); }
  bool woken() const noexcept { return wakeup_.signalled(); }
  /// Becomes readable with wake().
  int wake_fd() const noexcept { return wakeup_.fd(); }

 private:
  Wakeup wakeup_;
  int epoll_ = -1;
};

}  // namespace sluice
