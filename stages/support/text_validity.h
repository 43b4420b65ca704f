// What outputs make of text that is not UTF-8: the option `utf8`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/stage/option.h"

namespace sluice {

enum class InvalidUtf8 : std::uint8_t {
  replace,  ///< Each byte that is not part of a code point becomes U+FFFD.
  escape,   ///< It becomes \xHH.
  fail,     ///< The run fails.
};

template <>
struct EnumNames<InvalidUtf8> {
  static constexpr std::array<std::pair<std::string_view, InvalidUtf8>, 3> names{
      {{"replace", InvalidUtf8::replace},
       {"escape", InvalidUtf8::escape},
       {"fail", InvalidUtf8::fail}}};
};

bool is_utf8(std::string_view text) noexcept;

/// `text` with every byte that is not part of a code point (RFC 3629) replaced or escaped.
std::string with_valid_utf8(std::string_view text, InvalidUtf8 how);

/// Holds the text of one cell after the other to the rule. One thread at a time.
class TextValidity {
 public:
  explicit TextValidity(InvalidUtf8 rule) : rule_(rule) {}

  /// `text` if it is UTF-8, else what is to be written for it, valid until the next call. Only
  /// needed for texts that are not all ASCII.
  std::string_view checked(std::string_view text) { return is_utf8(text) ? text : repaired(text); }
  /// A text was not UTF-8, which is not allowed.
  bool has_failed() const noexcept { return has_failed_; }

 private:
  std::string_view repaired(std::string_view text);

  InvalidUtf8 rule_;
  bool has_failed_ = false;
  std::string repaired_;
};

}  // namespace sluice
