#include "engine/data/timestamp.h"

#include <array>
#include <charconv>
#include <limits>

namespace sluice {
namespace {

constexpr std::int64_t day_seconds = 86'400;
constexpr std::uint32_t second_nanoseconds = 1'000'000'000;

bool is_leap(int year) noexcept { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in_month(int year, int month) noexcept {
  constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Reads a text from front to back; every reader says whether it found what it wanted.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {}

  bool at_end() const noexcept { return text_.empty(); }
  bool take(char c) noexcept {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take_any(std::string_view choices) noexcept {
    if (text_.empty() || choices.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) noexcept {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  /// Exactly `count` digits.
  bool digits(std::size_t count, int& value) noexcept {
    if (text_.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(text_[i])) return false;
      value = 10 * value + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return true;
  }
  /// One to nine digits behind a point, as billionths; more are read and cut off where
  /// `allow_more`.
  bool fraction(std::uint32_t& billionths, bool allow_more) noexcept {
    std::uint32_t unit = second_nanoseconds / 10;
    std::size_t count = 0;
    billionths = 0;
    for (; count < text_.size() && is_digit(text_[count]); ++count) {
      if (count >= 9 && !allow_more) return false;
      billionths += unit * static_cast<std::uint32_t>(text_[count] - '0');
      unit /= 10;
    }
    text_.remove_prefix(count);
    return count > 0;
  }
  /// Any number of digits; false when there is none or the number is too large.
  bool whole(std::int64_t& value) noexcept {
    const auto result = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (result.ec != std::errc() || !is_digit(text_.front())) return false;
    text_.remove_prefix(static_cast<std::size_t>(result.ptr - text_.data()));
    return true;
  }
  bool next_is_digit() const noexcept { return !text_.empty() && is_digit(text_.front()); }

 private:
  std::string_view text_;
};

bool read_offset(Reader& reader, std::int32_t& offset_seconds) noexcept {
  offset_seconds = 0;
  if (reader.take_any("Zz")) return true;
  const bool is_behind = reader.take('-');
  if (!is_behind && !reader.take('+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!reader.digits(2, hours) || !reader.take(':') || !reader.digits(2, minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  offset_seconds = 60 * (60 * hours + minutes);
  if (is_behind) offset_seconds = -offset_seconds;
  return true;
}

void append_digits(std::string& out, std::int64_t value, std::size_t width) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  const auto size = static_cast<std::size_t>(end - digits.data());
  if (size < width) out.append(width - size, '0');
  out.append(digits.data(), size);
}

/// Nanoseconds of each unit of a time span; nothing for another word.
bool take_unit(Reader& reader, std::int64_t& nanoseconds) noexcept {
  // `ms` before `m`.
  if (reader.take("ns")) return nanoseconds = 1, true;
  if (reader.take("us") || reader.take("\xC2\xB5s") || reader.take("\xCE\xBCs")) {
    return nanoseconds = 1'000, true;
  }
  if (reader.take("ms")) return nanoseconds = 1'000'000, true;
  if (reader.take('h')) return nanoseconds = 3'600'000'000'000, true;
  if (reader.take('m')) return nanoseconds = 60'000'000'000, true;
  if (reader.take('s')) return nanoseconds = 1'000'000'000, true;
  return false;
}

/// A sum of nanoseconds that cannot overflow: whole seconds and the rest apart.
struct Total {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;

  /// `count` units and `billionths` of one. False when that is beyond any time span.
  bool add(std::int64_t count, std::int64_t billionths, std::int64_t unit) noexcept {
    if (unit >= second_nanoseconds) {
      const std::int64_t unit_seconds = unit / second_nanoseconds;
      if (count > TimeSpan::max_seconds) return false;
      seconds += count * unit_seconds;
      nanoseconds += billionths * unit_seconds;
    } else {
      const std::int64_t per_second = second_nanoseconds / unit;
      seconds += count / per_second;
      nanoseconds += count % per_second * unit + billionths * unit / second_nanoseconds;
    }
    seconds += nanoseconds / second_nanoseconds;
    nanoseconds %= second_nanoseconds;
    return seconds <= TimeSpan::max_seconds;
  }
};

/// One `1.5h`, added to `total`.
bool read_term(Reader& reader, Total& total) noexcept {
  std::int64_t whole = 0;
  std::uint32_t billionths = 0;
  const bool has_whole = reader.next_is_digit();
  if (has_whole && !reader.whole(whole)) return false;
  const bool has_point = reader.take('.');
  if (has_point && reader.next_is_digit()) {
    if (!reader.fraction(billionths, true)) return false;
  } else if (!has_whole) {
    return false;
  }
  std::int64_t unit = 0;
  if (!take_unit(reader, unit)) return false;
  return total.add(whole, billionths, unit);
}

}  // namespace

Timestamp Timestamp::of(std::chrono::system_clock::time_point time) noexcept {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::chrono::nanoseconds rest = time - second;
  return {second.time_since_epoch().count(), static_cast<std::uint32_t>(rest.count())};
}

bool CivilTime::is_valid() const noexcept {
  return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
         day <= days_in_month(year, month) && hour >= 0 && hour <= 23 && minute >= 0 &&
         minute <= 59 && second >= 0 && second <= 59 && nanoseconds < second_nanoseconds;
}

// Both from Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so
// that the leap day is the last one, and 400 years are an era of 146,097 days.
std::int64_t days_from_civil(int year, int month, int day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const int era = (year >= 0 ? year : year - 399) / 400;
  const int year_of_era = year - era * 400;
  const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::int64_t{era} * 146'097 + day_of_era - 719'468;
}

Timestamp from_civil(const CivilTime& time, std::int32_t offset_seconds) noexcept {
  const std::int64_t days = days_from_civil(time.year, time.month, time.day);
  const std::int64_t of_day = 60 * (60 * time.hour + time.minute) + time.second;
  return {days * day_seconds + of_day - offset_seconds, time.nanoseconds};
}

CivilTime to_civil(Timestamp time, std::int32_t offset_seconds) noexcept {
  const std::int64_t local = time.seconds + offset_seconds;
  std::int64_t days = local / day_seconds;
  std::int64_t of_day = local % day_seconds;
  if (of_day < 0) {
    of_day += day_seconds;
    --days;
  }
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<int>(days - era * 146'097);
  const int year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int march_month = (5 * day_of_year + 2) / 153;
  CivilTime civil;
  civil.day = day_of_year - (153 * march_month + 2) / 5 + 1;
  civil.month = march_month < 10 ? march_month + 3 : march_month - 9;
  civil.year = year_of_era + static_cast<int>(era) * 400 + (civil.month <= 2 ? 1 : 0);
  civil.hour = static_cast<int>(of_day / 3600);
  civil.minute = static_cast<int>(of_day / 60 % 60);
  civil.second = static_cast<int>(of_day % 60);
  civil.nanoseconds = time.nanoseconds;
  return civil;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept {
  Reader reader(text);
  CivilTime time;
  if (!reader.digits(4, time.year) || !reader.take('-') || !reader.digits(2, time.month) ||
      !reader.take('-') || !reader.digits(2, time.day) || !reader.take_any("Tt ") ||
      !reader.digits(2, time.hour) || !reader.take(':') || !reader.digits(2, time.minute) ||
      !reader.take(':') || !reader.digits(2, time.second)) {
    return std::nullopt;
  }
  if (reader.take('.') && !reader.fraction(time.nanoseconds, false)) return std::nullopt;
  std::int32_t offset_seconds = 0;
  if (!read_offset(reader, offset_seconds) || !reader.at_end()) return std::nullopt;
  // A leap second is the last one of its minute once more.
  if (time.second == 60) time.second = 59;
  if (!time.is_valid()) return std::nullopt;
  const Timestamp result = from_civil(time, offset_seconds);
  if (!result.is_valid()) return std::nullopt;
  return result;
}

void append_rfc3339(std::string& out, Timestamp time) {
  std::array<char, longest_rfc3339> text{};
  out.append(text.data(), write_rfc3339(text.data(), time));
}

char* write_rfc3339(char* out, Timestamp time) noexcept {
  const auto put = [&out](std::uint32_t value, std::size_t digits, char behind) {
    for (std::size_t i = digits; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
    out[digits] = behind;
    out += digits + 1;
  };
  const CivilTime civil = to_civil(time, 0);
  put(static_cast<std::uint32_t>(civil.year), 4, '-');
  put(static_cast<std::uint32_t>(civil.month), 2, '-');
  put(static_cast<std::uint32_t>(civil.day), 2, 'T');
  put(static_cast<std::uint32_t>(civil.hour), 2, ':');
  put(static_cast<std::uint32_t>(civil.minute), 2, ':');
  put(static_cast<std::uint32_t>(civil.second), 2, time.nanoseconds == 0 ? 'Z' : '.');
  if (time.nanoseconds == 0) return out;
  if (time.nanoseconds % 1'000'000 == 0) {
    put(time.nanoseconds / 1'000'000, 3, 'Z');
  } else if (time.nanoseconds % 1'000 == 0) {
    put(time.nanoseconds / 1'000, 6, 'Z');
  } else {
    put(time.nanoseconds, 9, 'Z');
  }
  return out;
}

std::optional<TimeSpan> parse_time_span(std::string_view text) noexcept {
  const bool is_negative = text.starts_with('-');
  const std::string_view terms = text.substr(is_negative || text.starts_with('+') ? 1 : 0);
  Total total;
  Reader reader(terms);
  if (terms != "0") {
    do {
      if (!read_term(reader, total)) return std::nullopt;
    } while (!reader.at_end());
  }
  TimeSpan span{total.seconds, static_cast<std::uint32_t>(total.nanoseconds)};
  if (is_negative) {
    span.seconds = -span.seconds;
    if (span.nanoseconds != 0) {
      --span.seconds;
      span.nanoseconds = second_nanoseconds - span.nanoseconds;
    }
  }
  if (!span.is_valid()) return std::nullopt;
  return span;
}

void append_time_span(std::string& out, TimeSpan span) {
  std::int64_t seconds = span.seconds;
  std::uint32_t nanoseconds = span.nanoseconds;
  if (seconds < 0) {
    out += '-';
    seconds = -seconds;
    if (nanoseconds != 0) {
      --seconds;
      nanoseconds = second_nanoseconds - nanoseconds;
    }
  }
  append_digits(out, seconds, 1);
  if (nanoseconds != 0) {
    std::string digits;
    append_digits(digits, nanoseconds, 9);
    while (digits.back() == '0') digits.pop_back();
    out += '.' + digits;
  }
  out += 's';
}

}  // namespace sluice
