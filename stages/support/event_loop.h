// Waiting for many descriptors at once: the one event loop of everything that reads sockets.
//
// It waits on the thread that asks it to, which is the own thread of a source that may block, and
// only while that holds a token; so a thousand quiet connections cost neither a thread nor any
// time, and a pipeline that does not keep up leaves their data with the kernel.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
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

  enum class Until : std::uint8_t { readable, writable };
  /// From now on next() answers `whose` when `fd`, which was added, can be written to, or as at
  /// first. Errors: io.
  Status wait(int fd, void* whose, Until until);

  /// Has next() answer `whose` once more, whatever the kernel says: it has taken from `fd` more
  /// than it could use.
  void again(int fd, void* whose);
  /// True when that is still to come.
  bool is_due(int fd) const noexcept;

  /// Waits for one that can be read; those that can are answered in turn. Null: none could within
  /// `limit` (nothing: for ever), or wake() was called.
  Result<void*> next(std::optional<std::chrono::nanoseconds> limit);

  /// Makes next() return at once, now and later. From any thread, any number of times.
  void wake() noexcept { wakeup_.signal(); }
  bool woken() const noexcept { return wakeup_.signalled(); }
  /// The signal that wake() gives, for other waits.
  const Wakeup& wakeup() const noexcept { return wakeup_; }

 private:
  struct Due {
    int fd;
    void* whose;
  };
  Status control(int operation, int fd, void* whose, Until until);

  Wakeup wakeup_;
  int epoll_ = -1;
  std::deque<Due> due_;
  bool was_due_ = false;  ///< The last one that was answered was: now it is the kernel's turn.
};

}  // namespace sluice
