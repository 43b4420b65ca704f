// The math extension.
#include <cmath>
#include <limits>

#include "engine/expression/functions.h"

namespace sluice {
namespace {

using Context = FunctionContext;
using Arguments = const CelValue*;

/// The first of the greatest, or least, of a list, or of one number.
CelValue extreme(const CelValue& of, Ordering wanted) {
  if (of.is_number()) return of;
  if (of.type() != CelValue::Type::list || of.items().empty()) {
    return CelValue::error("'math.greatest' and 'math.least' are for numbers");
  }
  CelValue best = of.items().front();
  for (const CelValue& item : of.items()) {
    if (!item.is_number() || !best.is_number()) {
      return CelValue::error("'math.greatest' and 'math.least' are for numbers");
    }
    if (relate(item, best) == wanted) best = item;
  }
  return best;
}
CelValue greatest(Context&, Arguments a) { return extreme(a[0], Ordering::more); }
CelValue least(Context&, Arguments a) { return extreme(a[0], Ordering::less); }

CelValue ceil(Context&, Arguments a) { return CelValue::real(std::ceil(a[0].real())); }
CelValue floor(Context&, Arguments a) { return CelValue::real(std::floor(a[0].real())); }
CelValue round(Context&, Arguments a) { return CelValue::real(std::round(a[0].real())); }
CelValue trunc(Context&, Arguments a) { return CelValue::real(std::trunc(a[0].real())); }
CelValue square_root(Context&, Arguments a) {
  const double number =
      a[0].type() == CelValue::Type::integer
          ? static_cast<double>(a[0].integer())
          : (a[0].type() == CelValue::Type::natural ? static_cast<double>(a[0].natural())
                                                    : a[0].real());
  return CelValue::real(std::sqrt(number));
}

CelValue same(Context&, Arguments a) { return a[0]; }
CelValue absolute_integer(Context&, Arguments a) {
  if (a[0].integer() == std::numeric_limits<std::int64_t>::min()) {
    return CelValue::error("integer overflow");
  }
  return CelValue::integer(std::abs(a[0].integer()));
}
CelValue absolute_real(Context&, Arguments a) { return CelValue::real(std::fabs(a[0].real())); }

CelValue sign_of_integer(Context&, Arguments a) {
  return CelValue::integer((a[0].integer() > 0 ? 1 : 0) - (a[0].integer() < 0 ? 1 : 0));
}
CelValue sign_of_natural(Context&, Arguments a) {
  return CelValue::natural(a[0].natural() > 0 ? 1 : 0);
}
CelValue sign_of_real(Context&, Arguments a) {
  const double number = a[0].real();
  if (std::isnan(number)) return a[0];
  return CelValue::real((number > 0 ? 1.0 : 0.0) - (number < 0 ? 1.0 : 0.0));
}

CelValue is_nan(Context&, Arguments a) { return CelValue::boolean(std::isnan(a[0].real())); }
CelValue is_inf(Context&, Arguments a) { return CelValue::boolean(std::isinf(a[0].real())); }
CelValue is_finite(Context&, Arguments a) { return CelValue::boolean(std::isfinite(a[0].real())); }

std::uint64_t bits(const CelValue& value) {
  return value.type() == CelValue::Type::integer ? static_cast<std::uint64_t>(value.integer())
                                                 : value.natural();
}
/// Of the type that `like` has.
CelValue of_bits(std::uint64_t bits, const CelValue& like) {
  return like.type() == CelValue::Type::integer ? CelValue::integer(static_cast<std::int64_t>(bits))
                                                : CelValue::natural(bits);
}
CelValue bit_and(Context&, Arguments a) { return of_bits(bits(a[0]) & bits(a[1]), a[0]); }
CelValue bit_or(Context&, Arguments a) { return of_bits(bits(a[0]) | bits(a[1]), a[0]); }
CelValue bit_xor(Context&, Arguments a) { return of_bits(bits(a[0]) ^ bits(a[1]), a[0]); }
CelValue bit_not(Context&, Arguments a) { return of_bits(~bits(a[0]), a[0]); }

constexpr CelValue negative_shift = CelValue::error("a shift by less than 0");
CelValue shift_left(Context&, Arguments a) {
  if (a[1].integer() < 0) return negative_shift;
  return of_bits(a[1].integer() > 63 ? 0 : bits(a[0]) << static_cast<unsigned>(a[1].integer()),
                 a[0]);
}
/// Zeros come in from the left, also for an int.
CelValue shift_right(Context&, Arguments a) {
  if (a[1].integer() < 0) return negative_shift;
  return of_bits(a[1].integer() > 63 ? 0 : bits(a[0]) >> static_cast<unsigned>(a[1].integer()),
                 a[0]);
}

constexpr std::array table{
    // The compiler makes a list of several arguments.
    overload("math.greatest", "a:a", greatest),
    overload("math.least", "a:a", least),
    overload("math.ceil", "d:d", ceil),
    overload("math.floor", "d:d", floor),
    overload("math.round", "d:d", round),
    overload("math.trunc", "d:d", trunc),
    overload("math.sqrt", "d:d", square_root),
    overload("math.sqrt", "i:d", square_root),
    overload("math.sqrt", "u:d", square_root),
    overload("math.abs", "i:i", absolute_integer),
    overload("math.abs", "u:u", same),
    overload("math.abs", "d:d", absolute_real),
    overload("math.sign", "i:i", sign_of_integer),
    overload("math.sign", "u:u", sign_of_natural),
    overload("math.sign", "d:d", sign_of_real),
    overload("math.isNaN", "d:b", is_nan),
    overload("math.isInf", "d:b", is_inf),
    overload("math.isFinite", "d:b", is_finite),
    overload("math.bitAnd", "ii:i", bit_and),
    overload("math.bitAnd", "uu:u", bit_and),
    overload("math.bitOr", "ii:i", bit_or),
    overload("math.bitOr", "uu:u", bit_or),
    overload("math.bitXor", "ii:i", bit_xor),
    overload("math.bitXor", "uu:u", bit_xor),
    overload("math.bitNot", "i:i", bit_not),
    overload("math.bitNot", "u:u", bit_not),
    overload("math.bitShiftLeft", "ii:i", shift_left),
    overload("math.bitShiftLeft", "ui:u", shift_left),
    overload("math.bitShiftRight", "ii:i", shift_right),
    overload("math.bitShiftRight", "ui:u", shift_right),
};

}  // namespace

std::span<const Overload> math_functions() noexcept { return table; }

}  // namespace sluice
