// How much may pass in a time, as arithmetic: who waits, and on what clock, is another's affair.
#pragma once

#include <cstdint>

namespace sluice {

/// So many units a second. What passes at once has to be paid for by the time behind it, so no
/// stretch of time sees more than its share, `saved_ns` of it, and one piece.
class RateLimit {
 public:
  /// `per_second` is above 0. `saved_ns`: of time in which too little passed, so much counts later.
  RateLimit(std::uint64_t per_second, std::int64_t saved_ns) noexcept
      : per_second_(per_second), saved_ns_(saved_ns) {}

  /// How long a piece has to wait that is there at `now_ns`; 0: it may pass. It is no time of the
  /// past: `now_ns` never gets smaller.
  std::int64_t wait_ns(std::int64_t now_ns) noexcept;
  /// A piece of so many units passes at `now_ns`.
  void pass(std::uint64_t units, std::int64_t now_ns) noexcept;

 private:
  std::uint64_t per_second_;
  std::int64_t saved_ns_;
  bool begun_ = false;
  std::int64_t paid_until_ns_ = 0;  ///< What has passed is paid for by the time up to here.
};

}  // namespace sluice
