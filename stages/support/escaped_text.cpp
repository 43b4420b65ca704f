#include "stages/support/escaped_text.h"

#include <cstdint>

namespace sluice {
namespace {

/// Four hexadecimal digits.
bool read_unit(std::string_view text, std::size_t at, std::uint32_t& unit) noexcept {
  if (at + 4 > text.size()) return false;
  unit = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char c = text[i];
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      digit = static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
    } else {
      return false;
    }
    unit = unit * 16 + digit;
  }
  return true;
}

char* write_utf8(char* out, std::uint32_t code) noexcept {
  const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
  return out;
}

/// The code point of `\uXXXX`, or of a pair of them; `at` is behind the first `u` and moves on.
bool read_code(std::string_view text, std::size_t& at, std::uint32_t& code) noexcept {
  if (!read_unit(text, at, code)) return false;
  at += 4;
  if (code < 0xD800 || code > 0xDFFF) return true;
  std::uint32_t low = 0;
  if (code > 0xDBFF || text.substr(at, 2) != "\\u" || !read_unit(text, at + 2, low)) return false;
  if (low < 0xDC00 || low > 0xDFFF) return false;
  at += 6;
  code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
  return true;
}

/// What a backslash and `c` stand for; 0: nothing.
char simple_escape(char c) noexcept {
  constexpr std::string_view written = "\"\\/bfnrt";
  constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
  const std::size_t found = written.find(c);
  return found == std::string_view::npos ? '\0' : meant[found];
}

}  // namespace

bool unescape_json(std::string_view text, TextArena& arena, std::string_view& result) {
  char* const begin = arena.allocate(text.size());
  char* out = begin;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      *out++ = text[at++];
      continue;
    }
    if (++at == text.size()) return false;
    const char c = text[at++];
    if (c == 'u') {
      std::uint32_t code = 0;
      if (!read_code(text, at, code)) return false;
      out = write_utf8(out, code);
    } else if (const char meant = simple_escape(c); meant != '\0') {
      *out++ = meant;
    } else {
      return false;
    }
  }
  result = {begin, static_cast<std::size_t>(out - begin)};
  return true;
}

std::string_view unescape_only(std::string_view text, std::string_view escapable,
                               TextArena& arena) {
  char* const begin = arena.allocate(text.size());
  char* out = begin;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_escape = text[at] == '\\' && at + 1 < text.size() &&
                           escapable.find(text[at + 1]) != std::string_view::npos;
    if (is_escape) ++at;
    *out++ = text[at];
  }
  return {begin, static_cast<std::size_t>(out - begin)};
}

}  // namespace sluice
