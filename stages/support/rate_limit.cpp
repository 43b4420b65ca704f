#include "stages/support/rate_limit.h"

#include <algorithm>
#include <limits>

namespace sluice {

std::int64_t RateLimit::wait_ns(std::int64_t now_ns) noexcept {
  if (!begun_) return 0;
  return std::max<std::int64_t>(paid_until_ns_ - now_ns, 0);
}

void RateLimit::pass(std::uint64_t units, std::int64_t now_ns) noexcept {
  if (!begun_) paid_until_ns_ = now_ns;
  begun_ = true;
  paid_until_ns_ = std::max(paid_until_ns_, now_ns - saved_ns_);
  // More than a hundred years come to the same thing.
  constexpr double longest_ns = 3.2e18;
  const double cost_ns = static_cast<double>(units) * 1e9 / static_cast<double>(per_second_);
  const std::int64_t left_ns =
      std::numeric_limits<std::int64_t>::max() - std::max<std::int64_t>(paid_until_ns_, 0);
  paid_until_ns_ += std::min(static_cast<std::int64_t>(std::min(cost_ns, longest_ns)), left_ns);
}

}  // namespace sluice
