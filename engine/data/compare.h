// Comparing cells, as CEL's runtime does (google/cel-spec, langdef.md: "Equality", "Ordering",
// "Numeric values"): numbers by their mathematical value whatever their type, texts byte by byte.
#pragma once

#include <compare>
#include <optional>

#include "engine/data/cell.h"

namespace sluice {

/// How two numbers relate, without the rounding that a conversion to double would bring. A decimal
/// is compared as the double nearest to it. Unordered with a NaN.
std::partial_ordering compare_numbers(const Cell& a, const Cell& b) noexcept;

/// The number nearest to a cell; infinite where no double is as large. REQUIRES: is_number().
double to_double(const Cell& cell) noexcept;

/// How two cells of comparable types relate; nothing when the types cannot be ordered. Booleans
/// (false < true), numbers, texts, timestamps and durations can.
std::optional<std::partial_ordering> compare(const Cell& a, const Cell& b) noexcept;

/// Equality never fails between values: cells of types that have nothing in common are unequal.
/// REQUIRES: neither is missing.
bool equal(const Cell& a, const Cell& b) noexcept;

/// A total order over all cells, for outputs: missing, null, booleans, numbers (a NaN last, equal
/// ones by type), texts, JSON, timestamps, durations.
std::strong_ordering order(const Cell& a, const Cell& b) noexcept;

}  // namespace sluice
