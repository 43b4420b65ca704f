// Where the strings of a JSON text are.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice {

/// Walks one JSON value, or lines of one each, from the front to the back.
class JsonStrings {
 public:
  /// Of `text` from `begin` on, which is no place inside a string.
  JsonStrings(std::string_view text, std::size_t begin) noexcept : text_(text), at_(begin) {}

  /// True when a number stands at `position`: a digit behind `:`, `[` or `,` that is in no string.
  /// Positions are asked for in ascending order.
  bool is_bare_number(std::size_t position) noexcept {
    if (text_[position] < '0' || text_[position] > '9') return false;
    std::size_t before = position;
    while (before > at_ && (text_[before - 1] == ' ' || text_[before - 1] == '\t')) --before;
    if (before == at_ || !is_value_begin(text_[before - 1])) return false;
    for (; at_ < position; ++at_) {
      if (text_[at_] == '\n') {
        inside_ = false;  // Not even a broken line takes the next one with it.
      } else if (inside_ && text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        inside_ = !inside_;
      }
    }
    return !inside_;
  }

 private:
  static bool is_value_begin(char byte) noexcept {
    return byte == ':' || byte == '[' || byte == ',';
  }

  std::string_view text_;
  std::size_t at_;
  bool inside_ = false;
};

}  // namespace sluice
