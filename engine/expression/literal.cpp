#include "engine/expression/literal.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "engine/base/decimal.h"
#include "engine/base/escape.h"
#include "engine/base/utf8.h"

namespace sluice {
namespace {

std::nullopt_t fail(ExpressionMistake& mistake, TextRange range, std::string message,
                    std::string hint = {}) {
  mistake = {std::move(message), std::move(hint), range};
  return std::nullopt;
}

std::optional<Literal> read_double(std::string_view digits, bool negative, TextRange range,
                                   ExpressionMistake& mistake) {
  const std::optional<double> value = read_decimal(digits);
  if (!value || std::isinf(*value)) {
    return fail(mistake, range, "the number does not fit a double");
  }
  return negative ? -*value : *value;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  const auto rest = [](std::uint32_t bits) { return 0x80U | (bits & 0x3FU); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0U | (code_point >> 6U));
    byte(rest(code_point));
  } else if (code_point < 0x10000) {
    byte(0xE0U | (code_point >> 12U));
    byte(rest(code_point >> 6U));
    byte(rest(code_point));
  } else {
    byte(0xF0U | (code_point >> 18U));
    byte(rest(code_point >> 12U));
    byte(rest(code_point >> 6U));
    byte(rest(code_point));
  }
}

/// What a backslash and one more character stand for.
constexpr std::array<std::pair<char, char>, 12> short_escapes{{{'a', '\a'},
                                                               {'b', '\b'},
                                                               {'f', '\f'},
                                                               {'n', '\n'},
                                                               {'r', '\r'},
                                                               {'t', '\t'},
                                                               {'v', '\v'},
                                                               {'\\', '\\'},
                                                               {'?', '?'},
                                                               {'"', '"'},
                                                               {'\'', '\''},
                                                               {'`', '`'}}};

/// Replaces the escapes of one text. `begin` is where `text` stands in the expression.
class Unescaper {
 public:
  Unescaper(std::string_view text, std::size_t begin, bool bytes, ExpressionMistake& mistake)
      : text_(text), begin_(begin), bytes_(bytes), mistake_(mistake) {}

  std::optional<std::string> run() {
    while (position_ < text_.size()) {
      const std::size_t backslash = std::min(text_.find('\\', position_), text_.size());
      out_ += text_.substr(position_, backslash - position_);
      position_ = backslash;
      if (position_ < text_.size() && !escape_sequence()) return std::nullopt;
    }
    return std::move(out_);
  }

 private:
  bool escape_sequence() {
    const std::string_view rest = text_.substr(position_ + 1);
    const char kind = rest.empty() ? '\0' : rest.front();
    for (const auto& [letter, value] : short_escapes) {
      if (kind != letter) continue;
      out_ += value;
      position_ += 2;
      return true;
    }
    if (kind == 'x' || kind == 'X') return hex(2);
    if (kind == 'u' && !bytes_) return hex(4);
    if (kind == 'U' && !bytes_) return hex(8);
    if (kind >= '0' && kind <= '7') return octal();
    const std::size_t length = 1 + utf8_length(rest);
    if (kind == 'u' || kind == 'U') {
      return refuse(length,
                    "'" + std::string(text_.substr(position_, length)) + "' is no escape of bytes");
    }
    return refuse(length, "'\\" + escape(rest.substr(0, length - 1)) + "' is no escape",
                  "write '\\\\' for a backslash, or a raw text: r\"...\"");
  }

  /// \x, \u or \U with `count` digits.
  bool hex(std::size_t count) {
    if (const auto value = digits(position_ + 2, count, 16)) return number(*value, 2 + count);
    return refuse(2, "'" + std::string(text_.substr(position_, 2)) + "' needs " +
                         std::to_string(count) + " hex digits");
  }

  bool octal() {
    const auto value = digits(position_ + 1, 3, 8);
    if (value && *value <= 0xFF) return number(*value, 4);
    return refuse(2, "an octal escape has three digits, from \\000 to \\377");
  }

  /// The escape of `length` bytes stands for `value`, a byte or a code point.
  bool number(std::uint32_t value, std::size_t length) {
    if (!bytes_) return code_point(value, length);
    out_ += static_cast<char>(value);
    position_ += length;
    return true;
  }

  bool code_point(std::uint32_t value, std::size_t length) {
    const auto in = [](std::uint32_t what, std::uint32_t low, std::uint32_t high) {
      return what >= low && what <= high;
    };
    if (in(value, 0xD800, 0xDBFF) && text_.substr(position_ + length, 2) == "\\u") {
      const std::optional<std::uint32_t> low = digits(position_ + length + 2, 4, 16);
      if (low && in(*low, 0xDC00, 0xDFFF)) {
        value = 0x10000 + ((value - 0xD800) << 10U) + (*low - 0xDC00);
        length += 6;
      }
    }
    if (in(value, 0xD800, 0xDFFF)) {
      return refuse(length, "the escape is half of a surrogate pair");
    }
    if (value > 0x10FFFF) return refuse(length, "the escape is no Unicode code point");
    append_utf8(out_, value);
    position_ += length;
    return true;
  }

  /// Exactly `count` digits at `from`.
  std::optional<std::uint32_t> digits(std::size_t from, std::size_t count, int base) const {
    if (from > text_.size() || count > text_.size() - from) return std::nullopt;
    const char* const first = text_.data() + from;
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(first, first + count, value, base);
    if (parsed.ec != std::errc() || parsed.ptr != first + count) return std::nullopt;
    return value;
  }

  bool refuse(std::size_t length, std::string message, std::string hint = {}) {
    const std::size_t begin = begin_ + position_;
    const std::size_t end = begin_ + std::min(position_ + length, text_.size());
    fail(mistake_, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
         std::move(message), std::move(hint));
    return false;
  }

  std::string_view text_;
  std::size_t begin_;
  bool bytes_;
  ExpressionMistake& mistake_;
  std::size_t position_ = 0;
  std::string out_;
};

std::string_view text_of(std::string_view all, const Token& token) {
  return all.substr(token.range.begin, token.range.end - token.range.begin);
}

}  // namespace

std::optional<Literal> read_number(std::string_view all, const Token& token, bool negative,
                                   ExpressionMistake& mistake) {
  std::string_view digits = text_of(all, token);
  if (token.kind == TokenKind::floating) return read_double(digits, negative, token.range, mistake);
  const bool is_unsigned = token.kind == TokenKind::unsigned_integer;
  if (is_unsigned) digits.remove_suffix(1);
  const bool hex = digits.starts_with("0x");
  if (hex) digits.remove_prefix(2);
  std::uint64_t value = 0;
  const auto parsed =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  const bool fits = parsed.ec == std::errc();
  if (is_unsigned) {
    if (!fits) return fail(mistake, token.range, "the number does not fit a uint");
    return value;
  }
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!fits || value > largest + (negative ? 1 : 0)) {
    return fail(mistake, token.range, "the number does not fit an int",
                fits && !negative ? "a 'u' behind it makes it a uint" : "");
  }
  return static_cast<std::int64_t>(negative ? std::uint64_t{0} - value : value);
}

std::optional<Literal> read_quoted(std::string_view all, const Token& token,
                                   ExpressionMistake& mistake) {
  const std::string_view text = text_of(all, token);
  const std::size_t prefix = text.find_first_of("\"'");
  const bool raw = text.substr(0, prefix).find_first_of("rR") != std::string_view::npos;
  const bool bytes = token.kind == TokenKind::bytes;
  const std::string_view quoted = text.substr(prefix);
  const bool triple =
      quoted.size() >= 6 && quoted[1] == quoted.front() && quoted[2] == quoted.front();
  const std::size_t quotes = triple ? 3 : 1;
  const std::string_view inside = quoted.substr(quotes, quoted.size() - 2 * quotes);
  std::optional<std::string> value;
  if (raw) {
    value.emplace(inside);
  } else {
    value = Unescaper(inside, token.range.begin + prefix + quotes, bytes, mistake).run();
  }
  if (!value) return std::nullopt;
  if (bytes) return BytesLiteral{*std::move(value)};
  return *std::move(value);
}

}  // namespace sluice
