#include "stages/support/prefilter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/base/escape.h"

namespace sluice {
namespace {

using Relation = TextCondition::Relation;

/// Shorter ones are in most records anyway.
constexpr std::size_t shortest_literal = 3;

/// Any printable ASCII character may be written as \u0020 to \u007e.
constexpr std::array<std::string_view, 6> hidden_ascii{"\\u002", "\\u003", "\\u004",
                                                       "\\u005", "\\u006", "\\u007"};

/// True of characters that JSON has two ways to write only: as they are and by their number.
bool is_plain_in_json(char c) noexcept {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '/';
}

/// True of characters that a quoted text of any other format holds as they are.
bool is_plain_in_quotes(char c) noexcept {
  return c != '"' && c != '\\' && c != ']' && c != '\n' && c != '\r';
}

/// The longest part of `literal` of characters that are written in one way only.
template <class IsPlain>
std::string longest_plain_part(std::string_view literal, IsPlain is_plain) {
  std::string_view longest;
  for (std::size_t begin = 0; begin < literal.size();) {
    std::size_t end = begin;
    while (end < literal.size() && is_plain(literal[end])) ++end;
    if (end - begin > longest.size()) longest = literal.substr(begin, end - begin);
    begin = end + 1;
  }
  return std::string(longest);
}

/// The text that a JSON string with such a value holds; the quotes around a value are as good as
/// any other character.
std::string json_literal(const TextCondition& condition) {
  const std::string plain = longest_plain_part(condition.literal, is_plain_in_json);
  const bool is_whole = plain.size() == condition.literal.size();
  const bool at_begin =
      condition.relation == Relation::equals || condition.relation == Relation::starts_with;
  const bool at_end =
      condition.relation == Relation::equals || condition.relation == Relation::ends_with;
  return (is_whole && at_begin ? "\"" : "") + plain + (is_whole && at_end ? "\"" : "");
}

/// `literal` itself, where a search for it is worth it.
std::vector<std::string> searched(std::string literal) {
  if (literal.size() < shortest_literal) return {};
  if (literal.find('\n') != std::string::npos) return {};
  return {std::move(literal)};
}

std::vector<std::string> or_hidden(std::vector<std::string> all) {
  if (!all.empty()) all.insert(all.end(), hidden_ascii.begin(), hidden_ascii.end());
  return all;
}

/// Texts of which one must be there; empty: anything may be.
std::vector<std::string> alternatives(const TextCondition& condition, const FieldTexts& texts) {
  if (condition.field.empty()) return searched(condition.literal);
  switch (texts(condition.field)) {
    case FieldText::derived:
      return {};
    case FieldText::plain:
      return searched(condition.literal);
    case FieldText::quoted:
      return searched(longest_plain_part(condition.literal, is_plain_in_quotes));
    case FieldText::escaped:
      if (condition.is_number) return searched(condition.literal);
      return or_hidden(searched(longest_plain_part(condition.literal, is_plain_in_json)));
    case FieldText::json:
      break;
  }
  if (condition.is_number) return {};
  return or_hidden(searched(json_literal(condition)));
}

std::vector<std::string> alternatives(const std::vector<TextCondition>& clause,
                                      const FieldTexts& texts) {
  std::vector<std::string> all;
  for (const TextCondition& condition : clause) {
    const std::vector<std::string> of_one = alternatives(condition, texts);
    if (of_one.empty()) return {};
    for (const std::string& literal : of_one) {
      if (std::find(all.begin(), all.end(), literal) == all.end()) all.push_back(literal);
    }
  }
  return all;
}

}  // namespace

MatchRule prefilter_rule(const std::vector<std::vector<TextCondition>>& conditions,
                         const FieldTexts& texts) {
  MatchRule rule;
  for (const auto& clause : conditions) {
    std::vector<std::string> literals = alternatives(clause, texts);
    if (literals.empty()) continue;
    if (literals.size() == 1) {
      rule.contains.push_back(std::move(literals.front()));
    } else if (rule.any_of.empty() || literals.front().size() > rule.any_of.front().size()) {
      rule.any_of = std::move(literals);
    }
  }
  return rule;
}

std::string describe_prefilter(const MatchRule& rule) {
  const auto list = [](const std::vector<std::string>& literals) {
    std::string all;
    for (const std::string& literal : literals) {
      const bool is_escape =
          std::find(hidden_ascii.begin(), hidden_ascii.end(), literal) != hidden_ascii.end();
      if (!is_escape) all += (all.empty() ? "" : ", ") + ("'" + escape(literal) + "'");
    }
    return all;
  };
  std::string words = list(rule.contains);
  if (rule.any_of.empty()) return words;
  if (!words.empty()) words += " and ";
  return words + "one of " + list(rule.any_of) + " (or an escape that may hide it)";
}

}  // namespace sluice
