// Times of any written form, by a layout of `%` clauses as strptime(3) has them (POSIX.1-2017),
// with English names whatever the locale.
//
// `%Y %m %d %e %H %k %I %l %M %S %p %y %j %b %B %h %a %A %T %R %D %F`, `%z` (`+0200`, `+02:00`,
// `Z`), `%Z` (`UTC` or `GMT`), `%s` (seconds since 1970), `%f` (1 to 9 digits of a second's
// fraction), `%n %t` and blanks (any blanks, or none), `%%`. Parts that are not given are those of
// 1970-01-01T00:00:00.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/data/timestamp.h"

namespace sluice {

struct LayoutTime {
  CivilTime civil;
  std::optional<std::int32_t> offset_seconds;
  std::optional<std::int64_t> epoch_seconds;  ///< Given instead of a date.
};

enum class LayoutProblem : std::uint8_t { none, text, layout };

/// The whole of `text` must fit, and the date must exist; `to` is filled then.
LayoutProblem parse_layout(std::string_view text, std::string_view layout, LayoutTime& to) noexcept;

}  // namespace sluice
