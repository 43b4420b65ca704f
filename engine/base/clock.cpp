#include "engine/base/clock.h"

namespace sluice {

std::int64_t Clock::steady_ns() const noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::chrono::system_clock::time_point Clock::now() const noexcept {
  return std::chrono::system_clock::now();
}

Clock& Clock::system() noexcept {
  static Clock clock;
  return clock;
}

}  // namespace sluice
