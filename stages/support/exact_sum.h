// Sums that do not depend on the order of their terms, so that the number of threads cannot show.
//
// Integers are added in 128 bits. Doubles are kept as an expansion, a list of doubles that do not
// overlap and whose exact sum is the sum of all terms (Shewchuk, "Adaptive Precision Floating-Point
// Arithmetic", 1997, section 2.4); it is rounded once, at the end. The one thing that may depend on
// the order is a sum that leaves the range of a double on the way: it is infinite.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// One thread at a time.
class ExactSum {
 public:
  void add(std::int64_t term) noexcept { integers_ += term; }
  void add(double term);
  void add(const ExactSum& other);

  /// No double was added: the sum is the integer that integer_text() writes.
  bool is_integer() const noexcept { return parts_.empty() && !has_special_; }
  bool fits_int64() const noexcept;
  /// REQUIRES: is_integer() && fits_int64().
  std::int64_t integer() const noexcept { return static_cast<std::int64_t>(integers_); }
  /// The integers' sum in decimal digits.
  std::string integer_text() const;
  /// The double nearest to the sum of everything.
  double real() const;

 private:
  __extension__ using Wide = __int128;

  void add_finite(double term);

  Wide integers_ = 0;
  std::vector<double> parts_;  ///< From the smallest to the largest; none is zero but the first.
  double special_ = 0;         ///< Sum of the infinities and NaNs.
  bool has_special_ = false;
};

}  // namespace sluice
