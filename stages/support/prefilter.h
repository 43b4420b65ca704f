// Searching in front of parsing: what must stand in the text of a record if the conditions on its
// fields are to hold. A record without it needs no parser to be left out.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/schema.h"
#include "stages/support/line_matcher.h"

namespace sluice {

/// How a format writes the value of a field.
enum class FieldText : std::uint8_t {
  derived,  ///< Not at all, or in ways that no search finds: what the field holds is computed.
  plain,    ///< As it is.
  quoted,  ///< As it is, but for quotes, backslashes and brackets, which may be doubled or escaped.
  escaped,  ///< As it is, or in quotes where any character may be an escape such as \u0041.
  json,     ///< As a JSON string, where any character may be an escape; numbers in many ways.
};

/// How a format writes each of its fields, by name.
using FieldTexts = std::function<FieldText(std::string_view field)>;

/// A rule that holds for every record whose fields can fulfil all of `conditions` (Demand says what
/// they are), and that is worth a search; with no conditions of its own when there is none.
MatchRule prefilter_rule(const std::vector<std::vector<TextCondition>>& conditions,
                         const FieldTexts& texts);

/// What `explain` calls it: `"ERROR"` or one of several, quoted; empty for a rule without
/// conditions.
std::string describe_prefilter(const MatchRule& rule);

}  // namespace sluice
