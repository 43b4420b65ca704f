// Texts in which parts are replaced: puts together what a Redactor has found and what it makes of
// that.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "stages/support/json_quoting.h"
#include "stages/support/redactor.h"

namespace sluice {

/// Writes texts with replacements in them. `redactor` outlives it.
class RedactedText {
 public:
  /// What JSON may add to each replacement, in bytes.
  static constexpr std::size_t quotes = 2;

  /// `is_json`: a number that is replaced gets quotes.
  RedactedText(const Redactor& redactor, bool is_json) : redactor_(redactor), is_json_(is_json) {}

  /// How long a text of `size` bytes becomes, at most. Two quotes may come to each replacement.
  std::size_t size_of(std::size_t size, std::span<const SensitiveSpan> spans) const noexcept {
    for (const SensitiveSpan& span : spans) {
      size += redactor_.replacement_size(span.rule) + (is_json_ ? quotes : 0);
      size -= span.end - span.begin;
    }
    return size;
  }

  /// Writes the part of `bytes` from `begin` to `end`, which holds `spans`, and answers the end of
  /// what it wrote.
  char* write(std::string_view bytes, std::size_t begin, std::size_t end,
              std::span<const SensitiveSpan> spans, char* out) const {
    JsonStrings strings(bytes.substr(0, end), begin);
    std::size_t done = begin;
    for (const SensitiveSpan& span : spans) {
      out = copy(bytes.substr(done, span.begin - done), out);
      const bool is_bare = is_json_ && strings.is_bare_number(span.begin);
      if (is_bare) *out++ = '"';
      const std::string_view found = bytes.substr(span.begin, span.end - span.begin);
      out = redactor_.write_replacement(span.rule, found, out);
      if (is_bare) *out++ = '"';
      done = span.end;
    }
    return copy(bytes.substr(done, end - done), out);
  }

 private:
  static char* copy(std::string_view text, char* out) noexcept {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
  }

  const Redactor& redactor_;
  bool is_json_;
};

}  // namespace sluice
