#include "stages/support/terminal_text.h"

#include <cstddef>

namespace sluice {
namespace {

bool is_c0_or_del(unsigned char byte) {
  if (byte == '\t' || byte == '\n') return false;
  return byte < 0x20 || byte == 0x7f;
}

/// Any other carriage return would write what follows it over the line.
bool starts_line_end(std::string_view text) { return text.starts_with("\r\n"); }

/// C1 controls are the two bytes c2 80 to c2 9f.
bool starts_c1(std::string_view text) {
  if (text.size() < 2 || text[0] != '\xc2') return false;
  const auto second = static_cast<unsigned char>(text[1]);
  return second >= 0x80 && second <= 0x9f;
}

void append_hex(unsigned char byte, std::string& out) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\x";
  out += digits[byte >> 4U];
  out += digits[byte & 15U];
}

}  // namespace

void append_for_terminal(std::string_view text, std::string& out) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (is_c0_or_del(byte) && !starts_line_end(text.substr(at))) {
      append_hex(byte, out);
    } else if (starts_c1(text.substr(at))) {
      append_hex(byte, out);
      append_hex(static_cast<unsigned char>(text[++at]), out);
    } else {
      out += text[at];
    }
  }
}

}  // namespace sluice
