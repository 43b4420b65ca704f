#include "stages/support/command_line.h"

#include <utility>

namespace sluice {
namespace {

/// A backslash within `quote` takes the meaning of what is behind it away.
bool escapes(char quote, std::string_view behind) {
  if (behind.empty() || quote == '\'') return false;
  return quote == '\0' || behind.front() == '"' || behind.front() == '\\';
}

}  // namespace

bool OptionType<CommandLine>::parse(const Value& value, CommandLine& to, std::string& why) {
  to = {};
  if (value.kind() == Value::Kind::list) {
    return OptionType<std::vector<std::string>>::parse(value, to.words, why);
  }
  return OptionType<std::string>::parse(value, to.text, why);
}

std::string OptionType<CommandLine>::print(const CommandLine& value) {
  return value.words.empty() ? value.text
                             : OptionType<std::vector<std::string>>::print(value.words);
}

std::optional<std::vector<std::string>> split_words(std::string_view text, std::string& why) {
  std::vector<std::string> words;
  std::optional<std::string> word;  // An empty one in quotes is one, too.
  char quote = '\0';
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_blank = c == ' ' || c == '\t' || c == '\n';
    if (quote == '\0' && is_blank) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
      continue;
    }
    if (!word) word.emplace();
    if (c == '\\' && escapes(quote, text.substr(at + 1))) {
      *word += text[++at];
    } else if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      *word += c;
    }
  }
  if (quote != '\0') {
    why = std::string("a ") + quote + " has no end";
    return std::nullopt;
  }
  if (word) words.push_back(std::move(*word));
  return words;
}

}  // namespace sluice
