// A tree of Values as YAML text: the way back from parse_document().
#pragma once

#include <string>

#include "engine/base/value.h"

namespace sluice {

/// `value` as a person would write it: maps below each other, a list of texts in brackets, quotes
/// only where a text would be read otherwise without them. Ends with a newline.
///
/// parse_document() makes the same tree of it, but for marks and for which scalars are quoted.
/// Variables are not looked at: text that is not to be expanded is escaped by the caller.
/// REQUIRES: texts and keys are UTF-8, and a key has less than 1024 code points (a bound of YAML).
std::string yaml_text(const Value& value);

}  // namespace sluice
