// What an aggregate computes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/cell.h"
#include "engine/expression/expression.h"
#include "engine/stage/schema.h"
#include "stages/support/cell_hash.h"
#include "stages/support/time_part.h"
#include "stages/support/time_window.h"

namespace sluice {

enum class AggregateFunction : std::uint8_t {
  count,
  sum,
  min,
  max,
  avg,
  stddev,
  first,
  last,
  distinct,
  quantile,
  histogram,
};

/// What a function, or a part of the key, is computed from: one cell per record.
struct AggregateInput {
  /// Of a field, see stage/field_path.h; empty: the record's own text (`raw`). Of an expression,
  /// its syntax tree as text.
  std::string name;
  FieldType type = FieldType::any;
  std::shared_ptr<const Expression> expression = nullptr;  ///< Null: a field.
  std::optional<TimePart> time_part = std::nullopt;  ///< What `expression` comes to, for speed.
  /// What messages and results call it; empty: by its name.
  std::string shown = {};
  /// Not the value, which is a time, but the start of the window that it lies in.
  std::optional<TimeWindow> window = std::nullopt;
};

/// Whether they have the same cells.
inline bool same_input(const AggregateInput& a, const AggregateInput& b) {
  return a.name == b.name && (a.expression == nullptr) == (b.expression == nullptr) &&
         a.window.has_value() == b.window.has_value();
}

/// `bytes: sum(bytes)`.
struct AggregateColumn {
  std::string name;  ///< Of the result.
  AggregateFunction function = AggregateFunction::count;
  std::optional<AggregateInput> input = std::nullopt;  ///< What it is of; count() has none.
  double quantile = 0;                                 ///< Which one, 0 to 1.
  std::vector<Cell> bounds = {};  ///< Of a histogram: finite numbers, ascending, no text.
};

struct AggregateSpec {
  std::vector<AggregateInput> keys;
  std::vector<AggregateColumn> columns;
  std::size_t max_groups = 0;
  HashSeed seed = {};  ///< Of tables of groups; shows in no result.

  /// The windows that groups lie in, which are then the first part of their keys.
  const TimeWindow* window() const noexcept {
    return keys.empty() || !keys.front().window ? nullptr : &*keys.front().window;
  }
  /// Windows close while records come.
  bool closes_windows() const noexcept {
    return window() != nullptr && window()->lateness_ns.has_value();
  }
};

/// How a function is written and what it takes.
struct AggregateFunctionInfo {
  std::string_view name;
  AggregateFunction function;
  std::string_view usage;  ///< "sum(x)"
  std::size_t least_arguments;
  std::size_t most_arguments;
};

inline constexpr std::array<AggregateFunctionInfo, 11> aggregate_functions{
    {{"count", AggregateFunction::count, "count()", 0, 1},
     {"sum", AggregateFunction::sum, "sum(x)", 1, 1},
     {"min", AggregateFunction::min, "min(x)", 1, 1},
     {"max", AggregateFunction::max, "max(x)", 1, 1},
     {"avg", AggregateFunction::avg, "avg(x)", 1, 1},
     {"stddev", AggregateFunction::stddev, "stddev(x)", 1, 1},
     {"first", AggregateFunction::first, "first(x)", 1, 1},
     {"last", AggregateFunction::last, "last(x)", 1, 1},
     {"distinct", AggregateFunction::distinct, "distinct(x)", 1, 1},
     {"quantile", AggregateFunction::quantile, "quantile(x, 0.99)", 2, 2},
     {"histogram", AggregateFunction::histogram, "histogram(x, [10, 100])", 2, 2}}};

/// Whether the function works with cells of this type. Nulls and missing fields take no part in any
/// function, so they go with all.
constexpr bool works_with(AggregateFunction function, Cell::Type type) noexcept {
  switch (type) {
    case Cell::Type::missing:
    case Cell::Type::null:
    case Cell::Type::integer:
    case Cell::Type::real:
    case Cell::Type::decimal:
      return true;
    default:
      break;
  }
  switch (function) {
    case AggregateFunction::count:
    case AggregateFunction::first:
    case AggregateFunction::last:
    case AggregateFunction::distinct:
      return true;
    case AggregateFunction::min:
    case AggregateFunction::max:
      return type == Cell::Type::text || type == Cell::Type::timestamp ||
             type == Cell::Type::duration;
    default:
      return false;
  }
}

/// The type of the function's result, as far as it is known beforehand.
constexpr FieldType result_type(const AggregateColumn& column) noexcept {
  switch (column.function) {
    case AggregateFunction::count:
    case AggregateFunction::distinct:
      return FieldType::integer;
    case AggregateFunction::avg:
    case AggregateFunction::stddev:
    case AggregateFunction::quantile:
      return FieldType::real;
    case AggregateFunction::histogram:
      return FieldType::any;
    default:
      return column.input->type;
  }
}

}  // namespace sluice
