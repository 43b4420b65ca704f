// Records that a regular expression (RE2 syntax) takes apart: each named group is a field. The
// expression may match anywhere in the record unless it says `^` and `$`; a record that it does not
// match is bad. A group that took no part in the match is a missing field. Bytes or characters: see
// RegexUnit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stages/support/record_format.h"

namespace re2 {
class RE2;
}

namespace sluice {

class RegexParser final : public RecordParser {
 public:
  /// `groups` has the number of the group of each wanted field.
  RegexParser(std::shared_ptr<const re2::RE2> regex, std::vector<int> groups);
  ~RegexParser() override;

  ParseProblem parse(std::string_view text, std::size_t row, TextArena& arena) override;

 private:
  struct Groups;

  std::shared_ptr<const re2::RE2> regex_;
  std::unique_ptr<Groups> groups_;
};

std::optional<RecordFormat> bind_regex(const FormatOptions& options, FormatMistake& mistake);

}  // namespace sluice
