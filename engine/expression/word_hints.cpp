#include "engine/expression/word_hints.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {
namespace {

/// Of ASCII letters; `lower` is in lower case.
bool same_word(std::string_view word, std::string_view lower) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return std::equal(word.begin(), word.end(), lower.begin(), lower.end(), same);
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> operator_words{
    {{"and", "did you mean '&&'?"},
     {"or", "did you mean '||'?"},
     {"is", "did you mean '=='?"},
     {"equals", "did you mean '=='?"},
     {"not", "did you mean '!(... in ...)'?"},
     {"in", "did you mean 'in', in lower case?"}}};

/// Functions of text that look like operators elsewhere.
constexpr std::array<std::string_view, 4> functions{"contains", "startsWith", "endsWith",
                                                    "matches"};

}  // namespace

std::string hint_behind_operand(std::string_view previous, std::string_view word) {
  for (const auto& [other, hint] : operator_words) {
    if (same_word(word, other)) return std::string(hint);
  }
  if (std::find(functions.begin(), functions.end(), word) != functions.end()) {
    return "did you mean 'text." + std::string(word) + "(...)'?";
  }
  if (same_word(previous, "not")) return "did you mean '!'?";
  return {};
}

std::string hint_for_reserved(std::string_view word) {
  if (word == "if" || word == "else") return "a choice is written: condition ? value : other";
  return {};
}

}  // namespace sluice
