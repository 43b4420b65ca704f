#include "stages/support/access_time.h"

#include <cstring>

#include "stages/support/text_cursor.h"
#include "stages/support/time_layout.h"

namespace sluice {
namespace {

constexpr std::int64_t day_seconds = 86'400;

std::optional<std::int64_t> seconds_of_day(std::string_view text) noexcept {
  TextCursor cursor(text);
  CivilTime civil;
  if (!cursor.take_digits(2, 2, civil.day) || !cursor.take('/')) return std::nullopt;
  civil.month = month_of(cursor.rest());
  if (civil.month == 0) return std::nullopt;
  cursor.move_to(6);
  if (!cursor.take('/') || !cursor.take_digits(4, 4, civil.year)) return std::nullopt;
  if (!civil.is_valid()) return std::nullopt;
  return days_from_civil(civil.year, civil.month, civil.day) * day_seconds;
}

}  // namespace

std::optional<Timestamp> AccessTime::read(std::string_view text) noexcept {
  constexpr std::size_t length = std::string_view("10/Oct/2000:13:55:36 -0700").size();
  if (text.size() != length) return std::nullopt;
  if (std::memcmp(text.data(), day_.data(), day_.size()) != 0) {
    const auto seconds = seconds_of_day(text.substr(0, day_.size()));
    if (!seconds) return std::nullopt;
    day_seconds_ = *seconds;
    text.copy(day_.data(), day_.size());
  }
  TextCursor cursor(text);
  cursor.move_to(day_.size());
  CivilTime clock;
  std::int32_t offset = 0;
  const bool is_read = cursor.take(':') && cursor.take_digits(2, 2, clock.hour) &&
                       cursor.take(':') && cursor.take_digits(2, 2, clock.minute) &&
                       cursor.take(':') && cursor.take_digits(2, 2, clock.second) &&
                       cursor.take(' ') && take_offset(cursor, offset) && cursor.at_end();
  if (!is_read || !clock.is_valid()) return std::nullopt;
  const Timestamp time{day_seconds_ + (clock.hour * 60 + clock.minute) * 60 + clock.second - offset,
                       0};
  return time.is_valid() ? std::optional(time) : std::nullopt;
}

}  // namespace sluice
