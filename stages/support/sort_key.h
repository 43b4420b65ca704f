// Values as bytes that compare as the values do, so that sorting compares words and bytes and never
// asks for a type.
//
// A key is the bytes of its parts, one behind the other; no part's bytes are the beginning of
// another value's. Ascending, values are ordered as everywhere (data/compare.h): booleans, numbers
// by their value whatever their type (a NaN last), texts byte by byte, lists and objects by their
// text, times, durations. Descending is that reversed. Records without a value, null or missing,
// come last either way, or first if that is wanted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/data/cell.h"

namespace sluice {

enum class SortDirection : bool { ascending, descending };
enum class NoValue : bool { last, first };

/// Appends the bytes of one part.
void append_sort_key(const Cell& cell, SortDirection direction, NoValue no_value, std::string& key);

/// A key, cut in two: most comparisons end with the first 8 bytes.
struct SortKeyView {
  std::uint64_t prefix = 0;
  std::string_view rest;  ///< What is behind the prefix.
};

/// How keys of one sort are cut and compared. Bytes equal to `pad` at the end of a key say nothing
/// that its absence does not, and are taken off: so a time in whole seconds, a small number that is
/// not negative or a short text fits the prefix.
class SortKeyOrder {
 public:
  /// `last` is the direction of the last part.
  explicit SortKeyOrder(SortDirection last) noexcept
      : pad_(last == SortDirection::descending ? 0xFFU : 0U) {}

  SortKeyView cut(std::string_view key) const noexcept;
  /// Less than 0, 0, more than 0. Of the rests of two keys with the same prefix.
  int compare_rests(std::string_view a, std::string_view b) const noexcept;

 private:
  unsigned char pad_;
};

}  // namespace sluice
