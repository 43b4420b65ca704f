// What the tests of expressions look at.
#pragma once

#include <string>
#include <string_view>

#include "engine/expression/syntax.h"

namespace sluice {

/// The canonical text of the tree, or "BEGIN-END: MESSAGE" and " (HINT)".
inline std::string parsed(std::string_view text) {
  ExpressionMistake mistake;
  if (const SyntaxNodePtr tree = parse_expression(text, mistake)) return print_syntax(*tree);
  std::string out = std::to_string(mistake.range.begin) + "-" + std::to_string(mistake.range.end) +
                    ": " + mistake.message;
  if (!mistake.hint.empty()) out += " (" + mistake.hint + ")";
  return out;
}

}  // namespace sluice
