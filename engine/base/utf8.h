// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace sluice {

/// The length in bytes (1 to 4) of the code point that `text` begins with; 0 if `text` is empty or
/// does not begin with a whole valid one.
constexpr std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t from, std::size_t length) {
    if (text.size() < length) return false;
    for (std::size_t i = from; i < length; ++i) {
      if ((byte(i) & 0xC0U) != 0x80U) return false;
    }
    return true;
  };
  if (text.empty()) return 0;
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return continues(1, 2) ? 2 : 0;
  if (lead > 0xF4 || text.size() < 2) return 0;
  // The second byte carries the limits that the lead byte alone does not express (RFC 3629, 4).
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (byte(1) < low || byte(1) > high) return 0;
  const std::size_t length = lead < 0xF0 ? 3 : 4;
  return continues(2, length) ? length : 0;
}

/// The number of the code point that all of `text` is. REQUIRES: utf8_length(text) == text.size(),
/// not empty.
constexpr char32_t utf8_code_point(std::string_view text) noexcept {
  constexpr std::array<unsigned, 5> lead_bits{0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t code = static_cast<unsigned char>(text[0]) & lead_bits[text.size()];
  for (std::size_t i = 1; i < text.size(); ++i) {
    code = code << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return code;
}

/// Writes a code point to `to` and answers its length, from 1 to 4. REQUIRES: room for that; no
/// surrogate, nothing above U+10FFFF.
constexpr std::size_t write_utf8(char32_t code, char* to) noexcept {
  const auto continuation = [code](unsigned shift) {
    return static_cast<char>(0x80U | (code >> shift & 0x3FU));
  };
  if (code < 0x80) {
    to[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    to[0] = static_cast<char>(0xC0U | code >> 6U);
    to[1] = continuation(0);
    return 2;
  }
  if (code < 0x10000) {
    to[0] = static_cast<char>(0xE0U | code >> 12U);
    to[1] = continuation(6);
    to[2] = continuation(0);
    return 3;
  }
  to[0] = static_cast<char>(0xF0U | code >> 18U);
  to[1] = continuation(12);
  to[2] = continuation(6);
  to[3] = continuation(0);
  return 4;
}

/// True when `text` is the beginning of a code point that further bytes could complete.
constexpr bool is_cut_utf8(std::string_view text) noexcept {
  if (text.empty() || text.size() > 3) return false;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (text.size() == 1) return lead >= 0xC2 && lead <= 0xF4;
  // Only a second byte has limits of its own, so any others complete what can be completed.
  std::array<char, 4> whole{'\x80', '\x80', '\x80', '\x80'};
  std::copy(text.begin(), text.end(), whole.begin());
  return utf8_length({whole.data(), whole.size()}) > text.size();
}

/// The number of code points; a byte that is not part of one counts as one.
constexpr std::size_t utf8_count(std::string_view text) noexcept {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(std::max<std::size_t>(1, utf8_length(text)));
  return count;
}

}  // namespace sluice
