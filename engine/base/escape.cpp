#include "engine/base/escape.h"

#include <algorithm>

#include "engine/base/utf8.h"

namespace sluice {
namespace {

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
}

/// `piece` is one code point, or one byte that is not part of any (`valid` is false).
void append_escaped(std::string& out, std::string_view piece, bool valid) {
  const auto first = static_cast<unsigned char>(piece[0]);
  const bool c1_control =
      piece.size() == 2 && first == 0xC2 && static_cast<unsigned char>(piece[1]) < 0xA0;
  if (piece == "\\") {
    out += "\\\\";
  } else if (piece == "\n") {
    out += "\\n";
  } else if (piece == "\t") {
    out += "\\t";
  } else if (piece == "\r") {
    out += "\\r";
  } else if (!valid || first < 0x20 || first == 0x7F || c1_control) {
    append_hex(out, piece);
  } else {
    out += piece;
  }
}

}  // namespace

std::string escape(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit) + 8);
  std::size_t used = 0;
  while (used < text.size()) {
    const std::size_t length = utf8_length(text.substr(used));
    const std::size_t step = std::max<std::size_t>(1, length);
    if (step > limit - used) {  // A code point is never cut in two.
      out += "...";
      break;
    }
    append_escaped(out, text.substr(used, step), length != 0);
    used += step;
  }
  return out;
}

}  // namespace sluice
