// A walk over JSON text (RFC 8259) that a parser has found to be valid, without looking at what it
// says. Of any other text it makes no sense, but it reads nothing outside of it and comes to an
// end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sluice {

/// One thread at a time.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  std::size_t at() const noexcept { return at_; }
  std::string_view from(std::size_t begin) const noexcept {
    return text_.substr(begin, at_ - begin);
  }
  bool at_end() const noexcept { return at_ >= text_.size(); }

  /// The next byte that is no blank; 0 at the end.
  char peek() noexcept {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) noexcept {
    if (peek() != c || at_end()) return false;
    ++at_;
    return true;
  }
  void skip_string() noexcept {
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
  }
  void skip_value() noexcept {
    const char first = peek();
    if (first == '"') return skip_string();
    if (first != '{' && first != '[') {
      at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
      return;
    }
    std::size_t open = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++open;
      if ((c == '}' || c == ']') && --open == 0) return;
    }
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace sluice
