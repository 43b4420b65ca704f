// Sums that do not depend on the order of their terms, so that the number of threads cannot show.
//
// Integers are added in 128 bits. Doubles are kept as an expansion, a list of doubles that do not
// overlap and whose exact sum is the sum of all terms (Shewchuk, "Adaptive Precision Floating-Point
// Arithmetic", 1997, section 2.4); it is rounded once, at the end. The one thing that may depend on
// the order is a sum that leaves the range of a double on the way: it is infinite. Products are
// exact as well, two doubles each, unless they leave that range or come below 1e-290.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/support/state_bytes.h"

namespace sluice {

/// One thread at a time.
class ExactSum {
 public:
  void add(std::int64_t term) noexcept { integers_ += term; }
  void add(double term);
  void add(const ExactSum& other);
  void add_square(std::int64_t factor);
  void add_product(double a, double b);
  /// Adds `factor` times `other`.
  void add_scaled(const ExactSum& other, double factor);

  /// No double was added: the sum is the integer that integer_text() writes.
  bool is_integer() const noexcept { return parts_.empty() && !has_special_; }
  bool fits_int64() const noexcept;
  /// REQUIRES: is_integer() && fits_int64().
  std::int64_t integer() const noexcept { return static_cast<std::int64_t>(integers_); }
  /// The integers' sum in decimal digits.
  std::string integer_text() const;
  /// The double nearest to the sum of everything.
  double real() const;

  void write(StateWriter& out) const;
  /// False after filling it with nonsense: the bytes cannot be such a sum.
  bool read(StateReader& in);

 private:
  __extension__ using Wide = __int128;
  /// A sum of doubles that do not overlap has no more parts than fit into their range.
  static constexpr std::size_t most_parts = 1100;

  void add_finite(double term);
  /// Calls visit(double) for doubles whose exact sum is `integer`.
  template <class Visit>
  static void split(Wide integer, Visit visit);

  Wide integers_ = 0;
  std::vector<double> parts_;  ///< From the smallest to the largest; none is zero but the first.
  double special_ = 0;         ///< Sum of the infinities and NaNs.
  bool has_special_ = false;
};

}  // namespace sluice
