// A program and its arguments as a config has them: a list, or one text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/option.h"

namespace sluice {

struct CommandLine {
  std::vector<std::string> words;  ///< Of a list.
  std::string text;                ///< Else: what is to be split, or for a shell.

  bool empty() const noexcept { return words.empty() && text.empty(); }
};

template <>
struct OptionType<CommandLine> {
  static std::string name() { return "text, or list of text"; }
  static bool parse(const Value& value, CommandLine& to, std::string& why);
  static std::string print(const CommandLine& value);
  static std::vector<std::string> choices() { return {}; }
};

/// The words of `text`, between blanks. What stands in quotes, 'single' or "double", is not split;
/// a backslash takes the special meaning away from what follows it, within double quotes from those
/// and from itself only, within single ones from nothing. Nothing else means anything: no
/// variables, no patterns, no pipes. Null, with the reason in `why`, when a quote has no end.
std::optional<std::vector<std::string>> split_words(std::string_view text, std::string& why);

}  // namespace sluice
