// What the text of an RE2 pattern tells about the lines it matches, so that most bytes are read by
// a SIMD kernel and only promising lines by the regex engine.
//
// The reading is conservative: what is not understood with certainty is left out of the plan, and
// an empty plan is always right. Lines are texts without '\n'.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/scan.h"

namespace sluice {

/// How RE2 reads bytes. Patterns of ASCII characters are matched byte by byte, so that text in any
/// encoding, valid or not, can match: `.` and `[^x]` are one byte, `\xHH` is that byte. A pattern
/// with other characters, or with `\p`, `\P` or `\x{...}`, is matched by UTF-8 characters; then
/// `.` does not match a byte that is not valid UTF-8.
enum class RegexUnit : std::uint8_t { byte, utf8 };
RegexUnit unit_of(std::string_view pattern) noexcept;

struct RegexPlan {
  /// The pattern is exactly this sequence of byte sets. Empty if it is not one.
  std::vector<ByteSet> sequence;

  /// The pattern is exactly this choice of literals, none of them empty. Empty if it is not one.
  std::vector<std::string> alternatives;

  /// Literals that every matching line contains.
  std::vector<std::string> factors;

  /// A pattern for a text of many lines (to be compiled with never_nl). None of its matches takes a
  /// '\n', and every line that the pattern matches has one. A match that does not take a '\r' at
  /// the end of its line, whether a '\n' follows or not, proves that the line matches.
  std::optional<std::string> chunk_pattern;
};

/// REQUIRES: RE2 accepts `pattern`.
RegexPlan plan_regex(std::string_view pattern);

/// The only byte of `set`, if it has exactly one.
std::optional<char> only_byte(const ByteSet& set) noexcept;

}  // namespace sluice
