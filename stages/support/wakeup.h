// Calling off a thread that waits for somebody else: a signal that a poll can wait for, and reads
// and writes that do.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/forwarding_io.h"

namespace sluice {

/// A signal that stays on once given, readable as a descriptor (an eventfd).
class Wakeup {
 public:
  Wakeup() = default;
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  ~Wakeup();

  /// Makes the descriptor. Before any thread waits; an earlier signal is not lost.
  Status open();
  /// From any thread, any number of times.
  void signal() noexcept;
  bool signalled() const noexcept { return signalled_.load(std::memory_order_acquire); }
  /// Waits for the signal, `limit` at most (in whole milliseconds, rounded up); true: it was given.
  bool wait(Io& io, std::chrono::nanoseconds limit) const;
  /// Becomes readable with the signal; -1 before open().
  int fd() const noexcept { return fd_.load(std::memory_order_acquire); }

 private:
  std::atomic<int> fd_{-1};
  std::atomic<bool> signalled_{false};
};

/// Another Io whose read() waits until there is something to read, and whose writev() waits until
/// there is room, on descriptors in non-blocking mode as well (a blocking one waits in the write
/// itself); both fail with ECANCELED as soon as they are interrupted. The other calls are those of
/// the Io below it, which must outlive it. Thread-safe.
class InterruptibleIo final : public ForwardingIo {
 public:
  using ForwardingIo::ForwardingIo;

  /// To be called before the first read or write.
  Status prepare() { return wakeup_.open(); }
  /// Makes all reads and writes fail, now and later. From any thread.
  void interrupt() noexcept { wakeup_.signal(); }
  bool interrupted() const noexcept { return wakeup_.signalled(); }

  /// Waits until `fd` can be read, which its end and its errors count as. False: it stayed quiet
  /// for `limit`.
  bool wait_readable(int fd, std::chrono::milliseconds limit);

  ssize_t read(int fd, void* to, std::size_t count) override;
  ssize_t writev(int fd, const iovec* pieces, int count) override;

 private:
  int poll_with_wakeup(int fd, short events, int timeout_ms);

  Wakeup wakeup_;
};

}  // namespace sluice
