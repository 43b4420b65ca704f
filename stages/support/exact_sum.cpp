#include "stages/support/exact_sum.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace sluice {

void ExactSum::add(double term) {
  if (std::isfinite(term)) {
    add_finite(term);
  } else {
    special_ += term;
    has_special_ = true;
  }
}

void ExactSum::add_finite(double term) {
  std::size_t kept = 0;
  for (double part : parts_) {
    if (std::fabs(term) < std::fabs(part)) std::swap(term, part);
    const double high = term + part;
    const double low = part - (high - term);  // What the rounding of `high` lost, exactly.
    if (low != 0) parts_[kept++] = low;
    term = high;
  }
  parts_.resize(kept);
  if (std::isfinite(term)) {
    parts_.push_back(term);
    return;
  }
  special_ += term;
  has_special_ = true;
}

void ExactSum::add(const ExactSum& other) {
  integers_ += other.integers_;
  for (const double part : other.parts_) add_finite(part);
  special_ += other.special_;
  has_special_ = has_special_ || other.has_special_;
}

bool ExactSum::fits_int64() const noexcept {
  return integers_ >= std::numeric_limits<std::int64_t>::min() &&
         integers_ <= std::numeric_limits<std::int64_t>::max();
}

std::string ExactSum::integer_text() const {
  if (integers_ == 0) return "0";
  std::string digits;
  for (Wide rest = integers_; rest != 0; rest /= 10) {
    digits += static_cast<char>('0' + std::abs(static_cast<int>(rest % 10)));
  }
  if (integers_ < 0) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

double ExactSum::real() const {
  if (has_special_) return special_;
  // The integers join as doubles of 48 bits each, which are exact.
  ExactSum all;
  all.parts_ = parts_;
  Wide rest = integers_;
  constexpr Wide step = Wide{1} << 48;
  for (double scale = 1; rest != 0; rest /= step, scale *= 0x1p48) {
    all.add_finite(static_cast<double>(static_cast<std::int64_t>(rest % step)) * scale);
  }
  const std::vector<double>& parts = all.parts_;
  if (parts.empty()) return all.has_special_ ? all.special_ : 0;
  std::size_t i = parts.size() - 1;
  double high = parts[i];
  double low = 0;
  while (i > 0 && low == 0) {
    const double whole = high;
    const double part = parts[--i];
    high = whole + part;
    low = part - (high - whole);
  }
  // A tie is decided by what lies below it.
  if (i > 0 && ((low < 0 && parts[i - 1] < 0) || (low > 0 && parts[i - 1] > 0))) {
    const double twice = low * 2;
    const double rounded = high + twice;
    if (twice == rounded - high) high = rounded;
  }
  return high;
}

}  // namespace sluice
