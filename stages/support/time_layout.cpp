#include "stages/support/time_layout.h"

#include <array>
#include <charconv>

namespace sluice {
namespace {

constexpr std::array<std::string_view, 12> months{"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }

bool starts_with_word(std::string_view text, std::string_view lower_word) noexcept {
  if (text.size() < lower_word.size()) return false;
  for (std::size_t i = 0; i < lower_word.size(); ++i) {
    if (lower(text[i]) != lower_word[i]) return false;
  }
  return true;
}

bool take_month(TextCursor& cursor, int& month) noexcept {
  month = month_of(cursor.rest());
  if (month == 0) return false;
  const std::string_view name = months[static_cast<std::size_t>(month - 1)];
  const bool is_whole = starts_with_word(cursor.rest(), name);
  cursor.move_to(cursor.position() + (is_whole ? name.size() : 3));
  return true;
}

bool take_fraction(TextCursor& cursor, std::uint32_t& nanoseconds) noexcept {
  int digits = 0;
  const std::size_t begin = cursor.position();
  if (!cursor.take_digits(1, 9, digits)) return false;
  nanoseconds = static_cast<std::uint32_t>(digits);
  for (std::size_t i = cursor.position() - begin; i < 9; ++i) nanoseconds *= 10;
  return true;
}

bool take_letters(TextCursor& cursor) noexcept {
  const std::size_t begin = cursor.position();
  while (is_letter(cursor.next())) cursor.move_to(cursor.position() + 1);
  return cursor.position() > begin;
}

bool take_seconds(TextCursor& cursor, std::int64_t& seconds) noexcept {
  const std::string_view rest = cursor.rest();
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), seconds);
  if (error != std::errc()) return false;
  cursor.move_to(cursor.position() + static_cast<std::size_t>(end - rest.data()));
  return true;
}

/// A directive that stands for several others.
std::string_view expansion(char directive) noexcept {
  if (directive == 'F') return "%Y-%m-%d";
  if (directive == 'T') return "%H:%M:%S";
  return {};
}

}  // namespace

int month_of(std::string_view text) noexcept {
  for (std::size_t i = 0; i < months.size(); ++i) {
    if (starts_with_word(text, months[i].substr(0, 3))) return static_cast<int>(i) + 1;
  }
  return 0;
}

bool take_offset(TextCursor& cursor, std::int32_t& seconds) noexcept {
  seconds = 0;
  if (cursor.take('Z') || cursor.take('z')) return true;
  const bool is_behind = cursor.take('-');
  if (!is_behind && !cursor.take('+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!cursor.take_digits(2, 2, hours)) return false;
  cursor.take(':');
  if (!cursor.take_digits(2, 2, minutes) || hours > 23 || minutes > 59) return false;
  seconds = 60 * (60 * hours + minutes);
  if (is_behind) seconds = -seconds;
  return true;
}

struct TimeLayout::Parts {
  CivilTime civil;
  int day_of_year = 0;  ///< 0: not given.
  bool has_half = false;
  bool is_afternoon = false;
  std::int32_t offset_seconds = 0;
  std::optional<std::int64_t> unix_seconds;
};

std::optional<TimeLayout> TimeLayout::compile(std::string_view layout, std::string& mistake) {
  std::string expanded;
  for (std::size_t i = 0; i < layout.size(); ++i) {
    const bool is_directive = layout[i] == '%' && i + 1 < layout.size();
    const std::string_view several = is_directive ? expansion(layout[i + 1]) : std::string_view();
    if (several.empty()) {
      expanded += layout[i];
      if (is_directive) expanded += layout[i + 1];
    } else {
      expanded += several;
    }
    if (is_directive) ++i;
  }
  constexpr std::string_view known = "YymbBhdejHIpMSfaAzZs";
  TimeLayout result;
  std::string used;
  for (std::size_t i = 0; i < expanded.size(); ++i) {
    if (expanded[i] != '%') {
      const bool repeats = expanded[i] == ' ' && i > 0 && expanded[i - 1] == ' ';
      if (!repeats) result.items_.push_back({0, expanded[i]});
      continue;
    }
    const char directive = ++i < expanded.size() ? expanded[i] : '\0';
    if (directive == '%') {
      result.items_.push_back({0, '%'});
      continue;
    }
    if (directive == '\0' || known.find(directive) == std::string_view::npos) {
      mistake = directive == '\0' ? "the layout ends in '%'"
                                  : std::string("there is no directive '%") + directive + "'";
      return std::nullopt;
    }
    used += directive;
    result.items_.push_back({directive, 0});
  }
  const auto has = [&](std::string_view any) {
    return used.find_first_of(any) != std::string::npos;
  };
  const bool has_date = has("Yy") && (has("j") || (has("mbBh") && has("de")));
  if (!has("s") && !has_date) {
    mistake = "the layout has no whole date: year, month and day";
    return std::nullopt;
  }
  result.has_zone_ = has("zZs");
  if (has("I") != has("p")) {
    mistake = "'%I' and '%p' go together";
    return std::nullopt;
  }
  return result;
}

std::optional<Timestamp> TimeLayout::parse(std::string_view text, LocalZone& zone) const {
  TextCursor cursor(text);
  Parts parts;
  for (const Item item : items_) {
    if (item.directive != 0) {
      if (!read(item.directive, cursor, parts)) return std::nullopt;
    } else {
      if (!cursor.take(item.literal)) return std::nullopt;
      while (item.literal == ' ' && cursor.take(' ')) continue;
    }
  }
  if (!cursor.at_end()) return std::nullopt;
  return assemble(parts, zone);
}

bool TimeLayout::read(char directive, TextCursor& cursor, Parts& parts) noexcept {
  CivilTime& civil = parts.civil;
  switch (directive) {
    case 'Y':
      return cursor.take_digits(4, 4, civil.year);
    case 'y':
      if (!cursor.take_digits(2, 2, civil.year)) return false;
      civil.year += civil.year < 69 ? 2000 : 1900;
      return true;
    case 'm':
      return cursor.take_digits(1, 2, civil.month);
    case 'b':
    case 'B':
    case 'h':
      return take_month(cursor, civil.month);
    case 'd':
    case 'e':
      while (cursor.take(' ')) continue;
      return cursor.take_digits(1, 2, civil.day);
    case 'j':
      return cursor.take_digits(3, 3, parts.day_of_year) && parts.day_of_year > 0;
    case 'H':
      return cursor.take_digits(1, 2, civil.hour);
    case 'I':
      return cursor.take_digits(1, 2, civil.hour) && civil.hour >= 1 && civil.hour <= 12;
    case 'p':
      parts.has_half = true;
      parts.is_afternoon = starts_with_word(cursor.rest(), "pm");
      if (!parts.is_afternoon && !starts_with_word(cursor.rest(), "am")) return false;
      cursor.move_to(cursor.position() + 2);
      return true;
    case 'M':
      return cursor.take_digits(2, 2, civil.minute);
    case 'S':
      return cursor.take_digits(2, 2, civil.second);
    case 'f':
      return take_fraction(cursor, civil.nanoseconds);
    case 'a':
    case 'A':
      return take_letters(cursor);
    case 'z':
      return take_offset(cursor, parts.offset_seconds);
    case 'Z':
      return cursor.take("UTC") || cursor.take("GMT") || cursor.take('Z');
    default:  // 's': compile() let nothing else in.
      return take_seconds(cursor, parts.unix_seconds.emplace());
  }
}

std::optional<Timestamp> TimeLayout::assemble(const Parts& parts, LocalZone& zone) const {
  if (parts.unix_seconds) {
    const Timestamp time{*parts.unix_seconds, parts.civil.nanoseconds};
    return time.is_valid() ? std::optional(time) : std::nullopt;
  }
  CivilTime civil = parts.civil;
  if (parts.has_half) civil.hour = civil.hour % 12 + (parts.is_afternoon ? 12 : 0);
  // A leap second is the last one of its minute once more.
  if (civil.second == 60) civil.second = 59;
  if (parts.day_of_year > 0) {
    // The calendar knows what month that is.
    const std::int64_t day = days_from_civil(civil.year, 1, 1) + parts.day_of_year - 1;
    constexpr std::int64_t day_seconds = 86'400;
    const CivilTime date = to_civil({day * day_seconds, 0}, 0);
    if (date.year != civil.year) return std::nullopt;
    civil.month = date.month;
    civil.day = date.day;
  }
  if (!civil.is_valid()) return std::nullopt;
  const std::optional<Timestamp> time =
      has_zone_ ? from_civil(civil, parts.offset_seconds) : zone.at(civil);
  return time && time->is_valid() ? time : std::nullopt;
}

}  // namespace sluice
