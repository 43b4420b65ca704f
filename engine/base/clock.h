// Time, injected so that tests decide what time it is.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

/// Thread-safe.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// Nanoseconds from an arbitrary start; never goes back.
  virtual std::int64_t steady_ns() const noexcept;
  /// The time of day.
  virtual std::chrono::system_clock::time_point now() const noexcept;

  /// The real thing.
  static Clock& system() noexcept;
};

}  // namespace sluice
