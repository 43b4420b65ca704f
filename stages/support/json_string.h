// Text as JSON strings (RFC 8259, section 7), at the speed of a copy.
#pragma once

#include <cstddef>
#include <string_view>

#include "stages/support/encoded_text.h"
#include "stages/support/text_validity.h"

namespace sluice {

/// How many bytes of room write_json_string() needs for `size` bytes of text.
constexpr std::size_t json_string_room(std::size_t size) noexcept { return 6 * size + 32; }

/// Texts up to this length are best written with one call of write_json_string().
inline constexpr std::size_t short_json_string = 1024;

/// Writes `text` between quotes, in which quotes, backslashes, control bytes and DEL are escaped,
/// to `to`. Answers where it ends; null when it is not UTF-8. REQUIRES: room for
/// json_string_room().
char* write_json_string(char* to, std::string_view text) noexcept;

/// Appends `text`, of any length, as a JSON string.
void append_json_string(EncodedText& out, std::string_view text, TextValidity& validity);

}  // namespace sluice
