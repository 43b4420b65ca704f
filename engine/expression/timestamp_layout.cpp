#include "engine/expression/timestamp_layout.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace sluice {
namespace {

constexpr std::array<std::string_view, 12> months{"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> days{"sunday",   "monday", "tuesday", "wednesday",
                                               "thursday", "friday", "saturday"};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class LayoutReader {
 public:
  LayoutReader(std::string_view text, LayoutTime& to) : text_(text), to_(to) {}

  LayoutProblem run(std::string_view layout) {
    while (!layout.empty()) {
      const char c = layout.front();
      layout.remove_prefix(1);
      if (is_blank(c)) {
        skip_blanks();
        continue;
      }
      if (c != '%') {
        if (!take(c)) return LayoutProblem::text;
        continue;
      }
      if (layout.empty()) return LayoutProblem::layout;
      const LayoutProblem problem = clause(layout.front());
      if (problem != LayoutProblem::none) return problem;
      layout.remove_prefix(1);
    }
    return text_.empty() && finish() ? LayoutProblem::none : LayoutProblem::text;
  }

 private:
  LayoutProblem clause(char letter) {
    switch (letter) {
      case 'T':
        return run_part("%H:%M:%S");
      case 'R':
        return run_part("%H:%M");
      case 'D':
        return run_part("%m/%d/%y");
      case 'F':
        return run_part("%Y-%m-%d");
      case 'n':
      case 't':
        skip_blanks();
        return LayoutProblem::none;
      case '%':
        return take('%') ? LayoutProblem::none : LayoutProblem::text;
      default:
        break;
    }
    if (std::string_view("YmdeHkIlMSpyjbBhaAzZsf").find(letter) == std::string_view::npos) {
      return LayoutProblem::layout;
    }
    return value(letter) ? LayoutProblem::none : LayoutProblem::text;
  }

  /// Clauses that stand for several.
  LayoutProblem run_part(std::string_view layout) {
    for (std::size_t i = 0; i < layout.size(); ++i) {
      if (layout[i] != '%') {
        if (!take(layout[i])) return LayoutProblem::text;
      } else if (!value(layout[++i])) {
        return LayoutProblem::text;
      }
    }
    return LayoutProblem::none;
  }

  bool value(char letter) {
    CivilTime& civil = to_.civil;
    switch (letter) {
      case 'Y':
        return number(4, civil.year);
      case 'm':
        return number(2, civil.month);
      case 'e':
      case 'd':
        return padded(civil.day);
      case 'k':
      case 'H':
        return padded(civil.hour);
      case 'l':
      case 'I':
        has_half_ = true;
        return padded(civil.hour) && civil.hour >= 1 && civil.hour <= 12;
      case 'M':
        return number(2, civil.minute);
      case 'S':
        return number(2, civil.second);
      case 'y':
        if (!number(2, civil.year)) return false;
        civil.year += civil.year < 69 ? 2000 : 1900;
        return true;
      case 'j':
        return number(3, day_of_year_);
      case 'p':
        return half();
      case 'h':
      case 'b':
      case 'B':
        return name(months, civil.month);
      case 'a':
      case 'A': {
        int ignored = 0;
        return name(days, ignored);
      }
      default:
        return rare_value(letter);
    }
  }

  bool rare_value(char letter) {
    if (letter == 'z') return offset();
    if (letter == 'Z') {
      to_.offset_seconds = 0;
      return take_text("UTC") || take_text("GMT") || take('Z');
    }
    if (letter == 'f') return fraction();
    std::int64_t seconds = 0;
    const auto [end, problem] = std::from_chars(text_.data(), text_.data() + text_.size(), seconds);
    if (problem != std::errc()) return false;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    to_.epoch_seconds = seconds;
    return true;
  }

  bool number(std::size_t most, int& to) {
    std::size_t count = 0;
    int value = 0;
    for (; count < most && count < text_.size() && is_digit(text_[count]); ++count) {
      value = value * 10 + (text_[count] - '0');
    }
    text_.remove_prefix(count);
    to = value;
    return count > 0;
  }
  bool padded(int& to) {
    if (text_.starts_with(' ')) text_.remove_prefix(1);
    return number(2, to);
  }

  bool fraction() {
    std::uint32_t value = 0;
    std::size_t count = 0;
    for (; count < 9 && count < text_.size() && is_digit(text_[count]); ++count) {
      value = value * 10 + static_cast<std::uint32_t>(text_[count] - '0');
    }
    text_.remove_prefix(count);
    for (std::size_t i = count; i < 9; ++i) value *= 10;
    to_.civil.nanoseconds = value;
    return count > 0;
  }

  bool half() {
    is_afternoon_ = matches("pm");
    if (!is_afternoon_ && !matches("am")) return false;
    text_.remove_prefix(2);
    return true;
  }

  bool offset() {
    to_.offset_seconds = 0;
    if (take('Z')) return true;
    const bool is_negative = text_.starts_with('-');
    if (!is_negative && !text_.starts_with('+')) return false;
    text_.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!number(2, hours)) return false;
    take(':');
    if (!number(2, minutes) || hours > 23 || minutes > 59) return false;
    to_.offset_seconds = (is_negative ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
  }

  /// A whole name or its first three letters.
  template <std::size_t count>
  bool name(const std::array<std::string_view, count>& names, int& to) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!matches(names[i].substr(0, 3))) continue;
      text_.remove_prefix(matches(names[i]) ? names[i].size() : 3);
      to = static_cast<int>(i) + 1;
      return true;
    }
    return false;
  }

  bool matches(std::string_view lower) const {
    if (text_.size() < lower.size()) return false;
    for (std::size_t i = 0; i < lower.size(); ++i) {
      const char c = text_[i];
      if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i]) return false;
    }
    return true;
  }

  void skip_blanks() {
    while (!text_.empty() && is_blank(text_.front())) text_.remove_prefix(1);
  }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take_text(std::string_view text) {
    if (!text_.starts_with(text)) return false;
    text_.remove_prefix(text.size());
    return true;
  }

  bool finish() {
    CivilTime& civil = to_.civil;
    if (has_half_) civil.hour = civil.hour % 12 + (is_afternoon_ ? 12 : 0);
    if (civil.year < 1) return false;
    if (day_of_year_ > 0) {
      const std::int64_t first = days_from_civil(civil.year, 1, 1);
      const std::int64_t last = days_from_civil(civil.year + 1, 1, 1);
      if (first + day_of_year_ > last) return false;
      const CivilTime day = to_civil({(first + day_of_year_ - 1) * 86'400, 0}, 0);
      civil.month = day.month;
      civil.day = day.day;
    }
    return civil.is_valid();
  }

  std::string_view text_;
  LayoutTime& to_;
  int day_of_year_ = 0;
  bool has_half_ = false;
  bool is_afternoon_ = false;
};

}  // namespace

LayoutProblem parse_layout(std::string_view text, std::string_view layout,
                           LayoutTime& to) noexcept {
  return LayoutReader(text, to).run(layout);
}

}  // namespace sluice
