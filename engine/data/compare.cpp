#include "engine/data/compare.h"

#include <cmath>
#include <cstdint>

#include "engine/base/decimal.h"

namespace sluice {
namespace {

/// Exact: every double beyond the range of int64 is larger than all of them, and the others are
/// split into an integer, which converts exactly, and a fraction.
std::partial_ordering compare(std::int64_t a, double b) noexcept {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  constexpr double limit = 9223372036854775808.0;  // 2^63
  if (b >= limit) return std::partial_ordering::less;
  if (b < -limit) return std::partial_ordering::greater;
  const double whole = std::trunc(b);
  const auto integer = static_cast<std::int64_t>(whole);
  if (a != integer) return a <=> integer;
  return 0.0 <=> (b - whole);
}

std::partial_ordering reversed(std::partial_ordering order) noexcept { return 0 <=> order; }

/// Groups of types that order() keeps apart.
int rank(Cell::Type type) noexcept {
  switch (type) {
    case Cell::Type::missing:
      return 0;
    case Cell::Type::null:
      return 1;
    case Cell::Type::boolean:
      return 2;
    case Cell::Type::integer:
    case Cell::Type::real:
    case Cell::Type::decimal:
      return 3;
    case Cell::Type::text:
      return 4;
    case Cell::Type::json:
      return 5;
    case Cell::Type::timestamp:
      return 6;
    case Cell::Type::duration:
      return 7;
  }
  return 8;
}

std::strong_ordering order_numbers(const Cell& a, const Cell& b) noexcept {
  const std::partial_ordering numbers = compare_numbers(a, b);
  if (numbers == std::partial_ordering::less) return std::strong_ordering::less;
  if (numbers == std::partial_ordering::greater) return std::strong_ordering::greater;
  if (numbers == std::partial_ordering::unordered) {
    return std::isnan(to_double(a)) <=> std::isnan(to_double(b));
  }
  if (a.type() != b.type()) return a.type() <=> b.type();
  if (a.type() == Cell::Type::decimal) return a.text() <=> b.text();
  return std::strong_ordering::equal;
}

}  // namespace

double to_double(const Cell& cell) noexcept {
  if (cell.type() == Cell::Type::integer) return static_cast<double>(cell.integer());
  if (cell.type() == Cell::Type::real) return cell.real();
  return read_decimal(cell.text()).value_or(0);
}

std::partial_ordering compare_numbers(const Cell& a, const Cell& b) noexcept {
  const bool a_is_integer = a.type() == Cell::Type::integer;
  const bool b_is_integer = b.type() == Cell::Type::integer;
  if (a_is_integer && b_is_integer) return a.integer() <=> b.integer();
  if (a_is_integer) return compare(a.integer(), to_double(b));
  if (b_is_integer) return reversed(compare(b.integer(), to_double(a)));
  if (a.type() == Cell::Type::decimal && b.type() == Cell::Type::decimal && a.text() == b.text()) {
    return std::partial_ordering::equivalent;
  }
  return to_double(a) <=> to_double(b);
}

std::optional<std::partial_ordering> compare(const Cell& a, const Cell& b) noexcept {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.type() != b.type()) return std::nullopt;
  if (a.type() == Cell::Type::text) return std::partial_ordering(a.text() <=> b.text());
  if (a.type() == Cell::Type::boolean) return std::partial_ordering(a.boolean() <=> b.boolean());
  if (a.type() == Cell::Type::timestamp) {
    return std::partial_ordering(a.timestamp() <=> b.timestamp());
  }
  if (a.type() == Cell::Type::duration) return std::partial_ordering(a.duration() <=> b.duration());
  return std::nullopt;
}

bool equal(const Cell& a, const Cell& b) noexcept {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Cell::Type::boolean:
      return a.boolean() == b.boolean();
    case Cell::Type::text:
    case Cell::Type::json:
      return a.text() == b.text();
    case Cell::Type::timestamp:
      return a.timestamp() == b.timestamp();
    case Cell::Type::duration:
      return a.duration() == b.duration();
    default:
      return true;
  }
}

std::strong_ordering order(const Cell& a, const Cell& b) noexcept {
  if (const auto ranks = rank(a.type()) <=> rank(b.type()); ranks != 0) return ranks;
  switch (a.type()) {
    case Cell::Type::boolean:
      return a.boolean() <=> b.boolean();
    case Cell::Type::integer:
    case Cell::Type::real:
    case Cell::Type::decimal:
      return order_numbers(a, b);
    case Cell::Type::text:
    case Cell::Type::json:
      return a.text() <=> b.text();
    case Cell::Type::timestamp:
      return a.timestamp() <=> b.timestamp();
    case Cell::Type::duration:
      return a.duration() <=> b.duration();
    default:
      return std::strong_ordering::equal;
  }
}

}  // namespace sluice
