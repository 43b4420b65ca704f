// Cells as text.
#pragma once

#include <cstddef>
#include <string>

#include "engine/data/cell.h"

namespace sluice {

/// Appends the cell as JSON (RFC 8259): a missing one, and a number that JSON cannot say (NaN), as
/// null. Doubles have as many digits as it takes to read the same double again.
void append_json(std::string& out, const Cell& cell);

/// Appends the cell as a person writes it: texts without quotes, nothing for null and missing.
/// Integers are exact, doubles have as many digits as it takes to read the same double again
/// (`nan`, `inf`), timestamps are those of RFC 3339 in UTC, durations seconds (`1.5s`).
void append_plain(std::string& out, const Cell& cell);

/// True of cells whose plain text is that of the cell itself.
constexpr bool holds_text(const Cell& cell) noexcept {
  return cell.type() == Cell::Type::text || cell.type() == Cell::Type::json ||
         cell.type() == Cell::Type::decimal;
}

/// The plain text of a cell without text, which is ASCII, written to `to`. Answers where it ends.
/// REQUIRES: !holds_text(cell), room for longest_plain_value bytes.
char* write_plain_value(char* to, const Cell& cell) noexcept;
inline constexpr std::size_t longest_plain_value = 48;

}  // namespace sluice
