#include "stages/support/json_string.h"

#include <array>

#include "stages/support/text_block.h"

namespace sluice {
namespace {

std::uint32_t to_be_escaped(const TextBlock& block) noexcept {
  return block.at_most('\x1F') | block.equal('"') | block.equal('\\') | block.equal('\x7F');
}

/// What stands behind the backslash for each byte up to DEL; 0: nothing short.
constexpr std::array<char, 128> short_escapes() {
  std::array<char, 128> names{};
  constexpr std::string_view bytes = "\"\\\b\f\n\r\t";
  constexpr std::string_view letters = "\"\\bfnrt";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    names[static_cast<unsigned char>(bytes[i])] = letters[i];
  }
  return names;
}

char* write_escape(char* to, char c) noexcept {
  static constexpr std::array<char, 128> names = short_escapes();
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  *to++ = '\\';
  if (names[byte & 0x7FU] != '\0') {
    *to++ = names[byte & 0x7FU];
    return to;
  }
  *to++ = 'u';
  *to++ = '0';
  *to++ = '0';
  *to++ = digits[byte >> 4U];
  *to++ = digits[byte & 15U];
  return to;
}

/// Without the quotes. Answers where it ends, and in `high` whether there was more than ASCII.
char* write_escaped(char* to, std::string_view text, std::uint32_t& high) noexcept {
  TextCopy copy(text.data(), text.size(), to);
  while (copy.run(to_be_escaped)) copy.to = write_escape(copy.to, *copy.from++);
  high |= copy.high;
  return copy.to;
}

/// Answers whether there was more than ASCII.
bool append_escaped(EncodedText& out, std::string_view text) {
  std::uint32_t high = 0;
  out.append('"');
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, short_json_string);
    text.remove_prefix(piece.size());
    out.wrote(write_escaped(out.room(json_string_room(piece.size())), piece, high));
  }
  out.append('"');
  return high != 0;
}

}  // namespace

char* write_json_string(char* to, std::string_view text) noexcept {
  std::uint32_t high = 0;
  *to = '"';
  char* end = write_escaped(to + 1, text, high);
  *end = '"';
  return high != 0 && !is_utf8(text) ? nullptr : end + 1;
}

void append_json_string(EncodedText& out, std::string_view text, TextValidity& validity) {
  const std::size_t begin = out.record_size();
  if (!append_escaped(out, text)) return;
  const std::string_view valid = validity.checked(text);
  if (valid.data() == text.data()) return;
  out.cut_record(begin);
  append_escaped(out, valid);
}

}  // namespace sluice
