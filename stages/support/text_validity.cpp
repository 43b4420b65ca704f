#include "stages/support/text_validity.h"

#include <simdjson.h>

#include "engine/base/utf8.h"

namespace sluice {

bool is_utf8(std::string_view text) noexcept {
  return simdjson::validate_utf8(text.data(), text.size());
}

std::string with_valid_utf8(std::string_view text, InvalidUtf8 how) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  constexpr std::string_view digits = "0123456789abcdef";
  std::string valid;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length > 0) {
      valid += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (how == InvalidUtf8::escape) {
      valid += "\\x";
      valid += digits[byte >> 4U];
      valid += digits[byte & 15U];
    } else {
      valid += replacement;
    }
  }
  return valid;
}

std::string_view TextValidity::repaired(std::string_view text) {
  if (rule_ == InvalidUtf8::fail) has_failed_ = true;
  repaired_ = with_valid_utf8(text, rule_);
  return repaired_;
}

}  // namespace sluice
