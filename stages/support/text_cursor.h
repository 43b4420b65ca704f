// Reads a text from front to back. Every `take` says whether it found what it wanted, and moves on
// only then.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sluice {

class TextCursor {
 public:
  explicit constexpr TextCursor(std::string_view text) noexcept : text_(text) {}

  constexpr bool at_end() const noexcept { return at_ == text_.size(); }
  constexpr std::size_t position() const noexcept { return at_; }
  constexpr void move_to(std::size_t position) noexcept { at_ = position; }
  constexpr std::string_view rest() const noexcept { return text_.substr(at_); }
  /// The next character; NUL at the end.
  constexpr char next() const noexcept { return at_end() ? '\0' : text_[at_]; }
  constexpr bool take(char c) noexcept {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  constexpr bool take(std::string_view word) noexcept {
    if (!rest().starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  /// From `least` to `most` digits, as many as there are. `most` is at most 9.
  constexpr bool take_digits(std::size_t least, std::size_t most, int& value) noexcept {
    std::size_t count = 0;
    int number = 0;
    while (count < most && at_ + count < text_.size()) {
      const char c = text_[at_ + count];
      if (c < '0' || c > '9') break;
      number = 10 * number + (c - '0');
      ++count;
    }
    if (count < least) return false;
    value = number;
    at_ += count;
    return true;
  }
  /// What stands in front of the next `end`, or all that is left; `end` is not taken.
  constexpr std::string_view take_until(char end) noexcept {
    const std::size_t found = std::min(text_.find(end, at_), text_.size());
    const std::string_view result = text_.substr(at_, found - at_);
    at_ = found;
    return result;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace sluice
