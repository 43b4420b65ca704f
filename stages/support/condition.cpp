#include "stages/support/condition.h"

namespace sluice {

std::shared_ptr<const Predicate> compile_condition(const ExpressionText& text, const Schema& schema,
                                                   ExpressionMistake& mistake) {
  const SyntaxNodePtr syntax = parse_expression(text.text, mistake);
  return syntax ? Predicate::compile(*syntax, schema, mistake) : nullptr;
}

}  // namespace sluice
