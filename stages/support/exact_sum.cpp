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

template <class Visit>
void ExactSum::split(Wide integer, Visit visit) {
  constexpr Wide step = Wide{1} << 48;
  for (double scale = 1; integer != 0; integer /= step, scale *= 0x1p48) {
    visit(static_cast<double>(static_cast<std::int64_t>(integer % step)) * scale);
  }
}

void ExactSum::add_square(std::int64_t factor) {
  const Wide square = Wide{factor} * factor;
  // Many squares of small numbers have room in the integer; those of large ones soon have not.
  constexpr Wide small = Wide{1} << 80;
  if (square < small) {
    integers_ += square;
  } else {
    split(square, [this](double part) { add_finite(part); });
  }
}

void ExactSum::add_product(double a, double b) {
  const double high = a * b;
  add(high);
  if (!std::isfinite(high)) return;
  const double low = std::fma(a, b, -high);
  if (low != 0) add_finite(low);
}

void ExactSum::add_scaled(const ExactSum& other, double factor) {
  split(other.integers_, [&](double part) { add_product(part, factor); });
  for (const double part : other.parts_) add_product(part, factor);
  if (other.has_special_) add(other.special_ * factor);
}

void ExactSum::write(StateWriter& out) const {
  out.number(static_cast<std::uint64_t>(integers_));
  out.number(static_cast<std::int64_t>(integers_ >> 64));
  out.number(static_cast<std::uint8_t>(has_special_ ? 1 : 0));
  out.number(special_);
  out.number(static_cast<std::uint32_t>(parts_.size()));
  for (const double part : parts_) out.number(part);
}

bool ExactSum::read(StateReader& in) {
  const auto low = in.number<std::uint64_t>();
  const auto high = in.number<std::int64_t>();
  // Further out, a few of them would leave the range when they are merged.
  constexpr std::int64_t farthest = std::int64_t{1} << 56;
  if (high < -farthest || high >= farthest) return in.fail();
  integers_ = Wide{high} * (Wide{1} << 64) + low;
  has_special_ = in.number<std::uint8_t>() != 0;
  special_ = in.number<double>();
  const std::size_t count = in.count(sizeof(double));
  if (count > most_parts) return in.fail();
  parts_.resize(count);
  for (double& part : parts_) {
    part = in.number<double>();
    if (!std::isfinite(part)) return in.fail();
  }
  return in.ok();
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
  ExactSum all;
  all.parts_ = parts_;
  split(integers_, [&](double part) { all.add_finite(part); });
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
