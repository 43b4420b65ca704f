// Typed fields of a batch. A column has one cell per row of the record table, whether the row is
// still selected or not, so that a filter never moves a cell.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/data/slice.h"

namespace sluice {

/// Seconds and nanoseconds since 1970-01-01T00:00:00Z. Spans the years 1 to 9999.
struct Timestamp {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

/// Cells of one type. Text cells are slices of the batch's bytes: nothing is copied.
using ColumnCells = std::variant<std::vector<Slice>, std::vector<std::int64_t>, std::vector<double>,
                                 std::vector<bool>, std::vector<Timestamp>>;

struct Column {
  std::string name;
  ColumnCells cells;
  /// True where the record has no such field. Empty when every record has it.
  std::vector<bool> missing;
};

}  // namespace sluice
