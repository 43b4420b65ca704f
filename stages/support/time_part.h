// Parts of times in UTC, such as `time.getHours()`, at the speed of a column: a group by the hour
// needs one of every record. The same answers as the expression's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/data/timestamp.h"
#include "engine/expression/syntax.h"
#include "engine/stage/schema.h"

namespace sluice {

/// One thread at a time: remembers the day it saw last.
class TimePart {
 public:
  /// The part that `syntax` asks for of a field: `F.getHours()`, `timestamp(F).getHours()` and the
  /// other parts without a zone. Nothing: it is another expression.
  static std::optional<TimePart> of(const SyntaxNode& syntax, const Schema& schema);

  const std::string& field() const noexcept { return field_; }
  std::int64_t operator()(Timestamp time) noexcept;

 private:
  enum class Part : std::uint8_t {
    full_year,
    month,
    day_of_year,
    day_of_month,
    date,
    day_of_week,
    hours,
    minutes,
    seconds,
  };

  std::string field_;
  Part part_ = Part::hours;
  std::int64_t day_ = 0;  ///< Of day_value_.
  std::int64_t day_value_ = 0;
  bool knows_day_ = false;
};

}  // namespace sluice
