// Which lines of a text match a rule of literals and a regex, over whole chunks of text.
//
// A line is the text up to a '\n'. What is matched is the line without that '\n' and without one
// '\r' in front of it; a '\r' at the end of a text without a last '\n' belongs to its line. Any
// byte may occur. A literal or regex never matches across lines, so results do not depend on how a
// text is cut into chunks of whole lines.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/data/scan.h"
#include "engine/data/slice.h"

namespace re2 {
class RE2;
}

namespace sluice {

/// What a line must fulfil. All conditions given must hold; a rule without any holds everywhere.
/// The empty literal is in every line, a literal with a '\n' in none.
struct MatchRule {
  std::vector<std::string> contains;  ///< Each of them is in the line.
  std::vector<std::string> any_of;    ///< If not empty: at least one of them is in the line.
  std::optional<std::string> regex;   ///< RE2 syntax, found anywhere; units as RegexUnit says.
  bool invert = false;                ///< Lines that the rule does not hold for match.
};

/// A compiled rule. Immutable: any number of threads may use one object; copies share it.
///
/// One condition drives the search through a chunk: the literal (or, for a regex, the part of it)
/// that log text is expected to hold least often, by SIMD kernels. The other conditions are only
/// tried on lines that it hits. A regex without any such part runs over the whole chunk at once.
class LineMatcher {
 public:
  /// bad_config with RE2's explanation if the regex is not valid or needs more than 64 MiB.
  static Result<LineMatcher> make(const MatchRule& rule);

  /// Appends the matching lines of `text` (whole lines; the last may lack its '\n'), line ends
  /// included, to `kept`; neighbouring lines become one slice. Offsets count from `base`. Returns
  /// the number of matching lines. `total_lines` is the number of lines in `text`, or 0 if nobody
  /// has counted them. REQUIRES: base + text.size() < 2^32.
  std::uint64_t match_chunk(std::string_view text, std::uint32_t base, std::uint64_t total_lines,
                            std::vector<Slice>& kept) const;

  /// Whether one line, given without its line end, matches. Agrees with match_chunk.
  bool match_line(std::string_view line_without_line_end) const;

 private:
  struct Regex {
    std::shared_ptr<const re2::RE2> line;
    std::shared_ptr<const re2::RE2>
        chunk;  ///< For many lines at once; null if there is no such form.
  };
  using Condition = std::variant<LiteralFinder, LiteralSetFinder, Regex>;
  struct Hit;
  class KeptLines;

  LineMatcher() = default;
  void add_literal(const std::string& literal);
  void add_any_of(const std::vector<std::string>& literals);
  Status add_regex(const std::string& pattern);

  static Hit find(const LiteralFinder& literal, std::string_view text, std::size_t from);
  static Hit find(const LiteralSetFinder& literals, std::string_view text, std::size_t from);
  static Hit find(const Regex& regex, std::string_view text, std::size_t from);
  static bool holds(const Condition& condition, std::string_view line);
  bool holds_from(std::size_t first_condition, std::string_view line) const;

  template <class Driver>
  std::uint64_t match_driven(const Driver& driver, std::string_view text, KeptLines& kept) const;

  std::vector<Condition> conditions_;  ///< The driver first, what costs most last.
  bool never_ = false;                 ///< Some condition holds for no line.
  bool invert_ = false;
};

}  // namespace sluice
