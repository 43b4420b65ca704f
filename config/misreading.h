// Values that YAML ended earlier than the writer meant, and what to say about them.
//
//   where: path == "a # b"             a comment begins at ' #'
//   - filter: {where: f(a, b) > 1}     in brackets a ',' ends the value
//
// Neither can be told from what somebody may want to write, so these are no mistakes of their own:
// they explain one that was found at their place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace sluice {

/// A value, or what was left of one and became a key, that was perhaps meant to be longer.
struct Misreading {
  Mark mark;
  Mark parent;             ///< Of the list or map it is in.
  std::string hint;        ///< What to do about it.
  bool certain = false;    ///< It has an open bracket or quote, an operator at its end, a rest.
  bool is_option = false;  ///< A key in braces without a ':' behind it.
};

/// Those of a config text, by place; none if it is not YAML.
std::vector<Misreading> find_misreadings(std::string_view text);

/// Adds the hints of find_misreadings(text) to the first 1000 diagnostics, by place. A hint that is
/// there already stays, and is joined only by that of a certain misreading.
void explain_misreadings(std::string_view text, Diagnostics& diagnostics);

}  // namespace sluice
