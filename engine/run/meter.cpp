#include "engine/run/meter.h"

#include <algorithm>
#include <cmath>

namespace sluice {

void DurationHistogram::add(std::int64_t ns) noexcept {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 1));
  const unsigned octave = static_cast<unsigned>(std::bit_width(value)) - 1;
  // The two bits below the leading one choose the step within the octave.
  const unsigned step = octave < 2 ? 0 : static_cast<unsigned>(value >> (octave - 2)) & 3U;
  buckets_[octave * steps + step].fetch_add(1, std::memory_order_relaxed);
}

std::int64_t DurationHistogram::quantile(double q) const noexcept {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  if (total == 0) return 0;
  const double wanted = std::max(1.0, std::ceil(q * static_cast<double>(total)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    if (static_cast<double>(seen) < wanted) continue;
    const double octave = std::ldexp(1.0, static_cast<int>(i / steps));
    return static_cast<std::int64_t>(octave * (1.0 + static_cast<double>(i % steps + 1) / steps));
  }
  return 0;
}

}  // namespace sluice
