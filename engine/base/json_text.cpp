#include "engine/base/json_text.h"

#include <cstddef>

#include "engine/base/utf8.h"

namespace sluice {
namespace {

void append_byte(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (byte < 0x20 || byte == 0x7F) {
    out += "\\u00";
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  } else {
    out += c;
  }
}

}  // namespace

std::string json_quoted(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += replacement;
      text.remove_prefix(1);
    } else if (length == 1) {
      append_byte(out, text.front());
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out + '"';
}

}  // namespace sluice
