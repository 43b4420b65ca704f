// `format` of the strings extension, and values as texts.
#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "engine/expression/functions.h"

namespace sluice {
namespace {

using Type = CelValue::Type;

template <class Number, class... Base>
void append_number(std::string& out, Number number, Base... base) {
  std::array<char, 72> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base...).ptr;
  out.append(digits.data(), end);
}

void append_real(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "NaN";
  } else if (std::isinf(number)) {
    out += number < 0 ? "-Infinity" : "Infinity";
  } else {
    append_number(out, number);
  }
}

bool append_list(std::string& out, std::span<const CelValue> items) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ", ";
    if (!append_text(out, items[i]) || out.size() > FunctionContext::most_text_bytes) return false;
  }
  out += ']';
  return true;
}

/// In the order of the keys' texts, so that equal maps have equal texts.
bool append_map(std::string& out, std::span<const CelValue> entries) {
  std::vector<std::pair<std::string, const CelValue*>> sorted;
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    std::string key;
    append_text(key, entries[i]);
    sorted.emplace_back(std::move(key), &entries[i + 1]);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  out += '{';
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0) out += ", ";
    out += sorted[i].first + ": ";
    if (!append_text(out, *sorted[i].second) || out.size() > FunctionContext::most_text_bytes) {
      return false;
    }
  }
  out += '}';
  return true;
}

/// One `%` clause after the other.
class Formatter {
 public:
  Formatter(FunctionContext& context, std::span<const CelValue> values)
      : context_(context), values_(values), out_(context.buffer()) {}

  CelValue run(std::string_view format) {
    while (!format.empty()) {
      const std::size_t percent = format.find('%');
      out_ += format.substr(0, percent);
      if (percent == std::string_view::npos) break;
      format.remove_prefix(percent + 1);
      if (!clause(format)) return CelValue::error(why_);
      if (out_.size() > FunctionContext::most_text_bytes) return CelValue::error(no_memory_left);
    }
    return context_.text(out_);
  }

 private:
  static constexpr int most_digits = 100;

  bool fail(std::string_view why) {
    why_ = why;
    return false;
  }

  /// Takes the clause off `format`, whose `%` is gone.
  bool clause(std::string_view& format) {
    if (format.starts_with('%')) {
      format.remove_prefix(1);
      out_ += '%';
      return true;
    }
    int digits = 6;
    if (format.starts_with('.')) {
      const char* begin = format.data() + 1;
      const auto [end, problem] = std::from_chars(begin, format.data() + format.size(), digits);
      if (problem != std::errc() || digits < 0 || digits > most_digits) {
        return fail("a format has from 0 to 100 digits behind the point");
      }
      format.remove_prefix(static_cast<std::size_t>(end - format.data()));
    }
    if (format.empty()) return fail("a format ends with '%'");
    const char letter = format.front();
    format.remove_prefix(1);
    if (std::string_view("sdfebxXo").find(letter) == std::string_view::npos) {
      return fail("a format has a '%' clause that there is not");
    }
    if (next_ >= values_.size()) return fail("a format has more clauses than values");
    return value(letter, digits, values_[next_++]);
  }

  bool value(char letter, int digits, const CelValue& value) {
    switch (letter) {
      case 's':
        return append_text(out_, value) || fail("a value that has no text");
      case 'd':
        return decimal(value);
      case 'f':
      case 'e':
        return fraction(letter, digits, value);
      case 'b':
        if (value.type() == Type::boolean) {
          out_ += value.boolean() ? '1' : '0';
          return true;
        }
        return whole(value, 2) || fail("'%b' is for whole numbers and booleans");
      case 'o':
        return whole(value, 8) || fail("'%o' is for whole numbers");
      default:
        return hexadecimal(value, letter == 'X');
    }
  }

  bool decimal(const CelValue& value) {
    if (value.type() == Type::real && !std::isfinite(value.real())) {
      append_real(out_, value.real());
      return true;
    }
    return whole(value, 10) || fail("'%d' is for whole numbers");
  }

  bool whole(const CelValue& value, int base) {
    if (value.type() == Type::integer) {
      append_number(out_, value.integer(), base);
    } else if (value.type() == Type::natural) {
      append_number(out_, value.natural(), base);
    } else {
      return false;
    }
    return true;
  }

  bool fraction(char letter, int digits, const CelValue& value) {
    double number = 0;
    if (value.type() == Type::real) {
      number = value.real();
    } else if (value.type() == Type::integer) {
      number = static_cast<double>(value.integer());
    } else if (value.type() == Type::natural) {
      number = static_cast<double>(value.natural());
    } else {
      return fail("'%f' and '%e' are for numbers");
    }
    if (!std::isfinite(number)) {
      append_real(out_, number);
      return true;
    }
    std::array<char, 512> text{};  // Room for the largest double and most_digits.
    const auto form = letter == 'f' ? std::chars_format::fixed : std::chars_format::scientific;
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), number, form, digits).ptr;
    out_.append(text.data(), end);
    return true;
  }

  bool hexadecimal(const CelValue& value, bool upper) {
    const std::size_t begin = out_.size();
    if (value.type() == Type::text || value.type() == Type::bytes) {
      if (value.text().size() > FunctionContext::most_text_bytes / 2) return fail(no_memory_left);
      constexpr std::string_view digits = "0123456789abcdef";
      for (const char c : value.text()) {
        out_ += digits[static_cast<unsigned char>(c) >> 4U];
        out_ += digits[static_cast<unsigned char>(c) & 15U];
      }
    } else if (!whole(value, 16)) {
      return fail("'%x' is for whole numbers, texts and bytes");
    }
    if (upper) {
      for (std::size_t i = begin; i < out_.size(); ++i) {
        if (out_[i] >= 'a') out_[i] = static_cast<char>(out_[i] - 'a' + 'A');
      }
    }
    return true;
  }

  FunctionContext& context_;
  std::span<const CelValue> values_;
  std::string& out_;
  std::size_t next_ = 0;
  std::string_view why_;
};

CelValue format(FunctionContext& context, const CelValue* a) {
  return Formatter(context, a[1].items()).run(a[0].text());
}

constexpr std::array table{overload("format", "s.l:s", format)};

}  // namespace

bool append_text(std::string& out, const CelValue& value) {
  switch (value.type()) {
    case Type::null:
      out += "null";
      return true;
    case Type::boolean:
      out += value.boolean() ? "true" : "false";
      return true;
    case Type::integer:
      append_number(out, value.integer());
      return true;
    case Type::natural:
      append_number(out, value.natural());
      return true;
    case Type::real:
      append_real(out, value.real());
      return true;
    case Type::text:
    case Type::bytes:
    case Type::type:
    case Type::json:
      out += value.text();
      return true;
    case Type::timestamp:
      append_rfc3339(out, value.timestamp());
      return true;
    case Type::duration:
      append_time_span(out, value.duration());
      return true;
    case Type::list:
      return append_list(out, value.items());
    case Type::map:
      return append_map(out, value.items());
    case Type::address:
    case Type::network:
      append_address(out, value.address(), value.type() == Type::network);
      return true;
    case Type::error:
      break;
  }
  return false;
}

std::span<const Overload> format_functions() noexcept { return table; }

}  // namespace sluice
