#include "stages/support/regex_parser.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "engine/stage/field_path.h"
#include "stages/support/regex_plan.h"

namespace sluice {
namespace {

constexpr std::int64_t regex_memory_bytes = std::int64_t{64} << 20;

/// `(?<name>` as other dialects write it, as RE2 of this version wants it: `(?P<name>`.
std::string with_re2_names(std::string_view pattern) {
  std::string result;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    result += c;
    if (c == '\\' && i + 1 < pattern.size()) {
      result += pattern[++i];
      continue;
    }
    if (in_class) {
      in_class = c != ']';
      continue;
    }
    if (c == '[') {
      in_class = true;
      // A bracket that comes first is a member of the class.
      if (pattern.substr(i + 1).starts_with('^')) result += pattern[++i];
      if (pattern.substr(i + 1).starts_with(']')) result += pattern[++i];
      continue;
    }
    const std::string_view behind = pattern.substr(i);
    if (behind.starts_with("(?<") && behind.size() > 3 && behind[3] != '=' && behind[3] != '!') {
      result += "?P";
      ++i;
    }
  }
  return result;
}

}  // namespace

struct RegexParser::Groups {
  std::vector<int> numbers;
  std::vector<re2::StringPiece> found;
};

RegexParser::RegexParser(std::shared_ptr<const re2::RE2> regex, std::vector<int> groups)
    : regex_(std::move(regex)), groups_(std::make_unique<Groups>()) {
  const int last = groups.empty() ? -1 : *std::max_element(groups.begin(), groups.end());
  groups_->numbers = std::move(groups);
  groups_->found.resize(static_cast<std::size_t>(last + 1));
}

RegexParser::~RegexParser() = default;

ParseProblem RegexParser::parse(std::string_view text, std::size_t row, TextArena& /*arena*/) {
  std::vector<re2::StringPiece>& found = groups_->found;
  if (!regex_->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, found.data(),
                     static_cast<int>(found.size()))) {
    return {"the pattern does not match", 0};
  }
  for (std::size_t i = 0; i < groups_->numbers.size(); ++i) {
    const re2::StringPiece piece = found[static_cast<std::size_t>(groups_->numbers[i])];
    if (piece.data() != nullptr) set(i, row, Cell::text({piece.data(), piece.size()}));
  }
  return {};
}

std::optional<RecordFormat> bind_regex(const FormatOptions& options, FormatMistake& mistake) {
  if (!options.pattern) {
    mistake = {"pattern", "format 'regex' needs a pattern",
               "as in `pattern: '^(?P<time>\\S+) (?P<level>\\w+) '`"};
    return std::nullopt;
  }
  const std::string pattern = with_re2_names(*options.pattern);
  re2::RE2::Options settings;
  settings.set_log_errors(false);
  settings.set_max_mem(regex_memory_bytes);
  if (unit_of(pattern) == RegexUnit::byte) {
    settings.set_encoding(re2::RE2::Options::EncodingLatin1);
  }
  const auto regex = std::make_shared<const re2::RE2>(pattern, settings);
  if (!regex->ok()) {
    mistake = {"pattern", "the regex is not valid: " + regex->error(), {}};
    return std::nullopt;
  }
  std::map<std::string, int> group_of;
  RecordFormat format;
  for (const auto& [number, name] : regex->CapturingGroupNames()) {
    const std::string field = join_field({name});
    if (!group_of.emplace(field, number).second) {
      mistake = {"pattern", "two groups of the regex are called '" + name + "'", {}};
      return std::nullopt;
    }
    format.schema.fields.push_back({field, FieldType::text});
  }
  if (group_of.empty()) {
    mistake = {"pattern", "the regex has no named group, so there would be no fields",
               "name what is wanted, as in `(?P<level>\\w+)`"};
    return std::nullopt;
  }
  format.make_parser = [regex, group_of](const std::vector<std::string>& wanted) {
    std::vector<int> groups;
    groups.reserve(wanted.size());
    for (const std::string& name : wanted) groups.push_back(group_of.at(name));
    return std::make_unique<RegexParser>(regex, std::move(groups));
  };
  return format;
}

}  // namespace sluice
