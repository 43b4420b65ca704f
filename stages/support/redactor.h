// Replaces sensitive parts of texts: what the transform `redact` does to one text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/data/slice.h"
#include "engine/stage/option.h"
#include "stages/support/keyed_hash.h"
#include "stages/support/line_matcher.h"
#include "stages/support/preset_scanner.h"

namespace sluice {

enum class RedactAction : std::uint8_t {
  mask,    ///< The name of the rule in brackets, `[email]`, or a given text.
  hash,    ///< The same with a hash: `[email:bcdfghijklmnopab]`.
  remove,  ///< Nothing.
};

template <>
struct EnumNames<RedactAction> {
  static constexpr std::array<std::pair<std::string_view, RedactAction>, 3> names{
      {{"mask", RedactAction::mask},
       {"hash", RedactAction::hash},
       {"remove", RedactAction::remove}}};
};

/// A regular expression (RE2) under a name.
struct NamedPattern {
  std::string name;
  std::string regex;
};

struct RedactRules {
  std::vector<Preset> presets;
  std::vector<NamedPattern> patterns;
  RedactAction action = RedactAction::mask;
  std::optional<std::string> mask;  ///< In place of the name in brackets.
  std::string key;                  ///< Of the hash.
};

/// Compiled rules. Immutable: any number of threads may use one object; copies share it.
///
/// Matches of one rule do not overlap: the leftmost is taken first. Where those of several rules
/// do, their union is replaced, under the name of the rule whose match begins first (of those, the
/// longest one's). A pattern sees one line of the text at a time, without its line end; a match
/// that is empty counts for nothing.
class Redactor {
 public:
  /// bad_config with the reason when a pattern is not valid or matches the empty text.
  static Result<Redactor> make(const RedactRules& rules);

  /// Appends what is to be replaced in `text`, in order and without overlaps. `base` is added to
  /// positions.
  void find(std::string_view text, std::uint32_t base, std::vector<SensitiveSpan>& found) const;

  /// The length of what takes the place of anything that `rule` finds.
  std::size_t replacement_size(std::uint32_t rule) const noexcept {
    return rules_[rule].prefix.size() + (rules_[rule].is_hashed ? hash_letters + 1 : 0);
  }
  /// Writes what takes the place of `text` and returns the end of it.
  char* write_replacement(std::uint32_t rule, std::string_view text, char* out) const noexcept;

  /// The most bytes that a text of `bytes` can become, each replacement being `extra` bytes longer.
  std::size_t bound(std::size_t bytes, std::size_t extra = 0) const noexcept;

  /// Digits alone can be a match, so numbers have to be looked at as well.
  bool concerns_numbers() const noexcept;

  /// 64 bits, four in a letter: letters are no part of any address or number.
  static constexpr std::size_t hash_letters = 16;

 private:
  struct Rule {
    std::string prefix;  ///< All of the replacement, or what is in front of the hash.
    bool is_hashed = false;
    std::size_t shortest = 1;  ///< Match, in bytes.
  };
  struct Pattern;

  explicit Redactor(const RedactRules& rules);
  void add_rule(const RedactRules& rules, std::string_view name, std::size_t shortest);
  Status add_pattern(const RedactRules& rules, const NamedPattern& pattern);
  void find_pattern(std::uint32_t number, std::string_view text, std::uint32_t base,
                    std::vector<SensitiveSpan>& found) const;

  PresetScanner scanner_;
  std::vector<Rule> rules_;  ///< Those of the presets first.
  std::vector<std::shared_ptr<const Pattern>> patterns_;
  bool has_cards_ = false;
  HashKey key_;
};

}  // namespace sluice
