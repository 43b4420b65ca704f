// Signals as calls on a thread of their own, so that what they do is ordinary code.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "engine/base/io.h"

namespace sluice {

/// Blocks the signals that SignalWatch takes, in this thread and in all that it starts, and ignores
/// SIGPIPE and SIGXFSZ, so that a reader that has gone away shows as EPIPE, and a file that is
/// larger than `ulimit -f` as EFBIG. REQUIRES: no other thread runs yet.
void take_over_signals() noexcept;

/// Waits for SIGINT, SIGTERM and SIGHUP. The first SIGINT or SIGTERM calls `drain`, the second
/// `abort`; a third ends the process on the spot with status 128 + its number. SIGHUP calls
/// `hangup`. REQUIRES: take_over_signals() was called.
class SignalWatch {
 public:
  struct Actions {
    std::function<void(int signal)> drain;
    std::function<void(int signal)> abort;
    std::function<void()> hangup;
  };

  explicit SignalWatch(Actions actions);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  /// No action runs after this.
  ~SignalWatch();

  /// The first SIGINT or SIGTERM; 0 when there was none.
  int first_signal() const noexcept { return first_signal_.load(); }

 private:
  void watch();
  void take(int signal);

  Actions actions_;
  File signals_;  ///< A signalfd.
  File stop_;     ///< An eventfd that the destructor writes to.
  std::atomic<int> first_signal_{0};
  int taken_ = 0;
  std::thread thread_;
};

}  // namespace sluice
