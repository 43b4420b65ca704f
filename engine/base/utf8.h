// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <algorithm>
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

/// The number of code points; a byte that is not part of one counts as one.
constexpr std::size_t utf8_count(std::string_view text) noexcept {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(std::max<std::size_t>(1, utf8_length(text)));
  return count;
}

}  // namespace sluice
