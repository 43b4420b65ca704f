#include "stages/support/condition.h"

#include "engine/base/escape.h"
#include "engine/stage/field_path.h"

namespace sluice {

std::shared_ptr<const Predicate> compile_condition(const ExpressionText& text, const Schema& schema,
                                                   ExpressionMistake& mistake) {
  const SyntaxNodePtr syntax = parse_expression(text.text, mistake);
  return syntax ? Predicate::compile(*syntax, schema, mistake) : nullptr;
}

std::string why_undecided(const Predicate& predicate, const Batch& batch, std::uint32_t row) {
  for (const std::string& field : predicate.fields()) {
    const Column* column = batch.find_column(field);
    if (column == nullptr || column->cells[row].is_missing()) {
      return "no field '" + escape(plain_field(field)) + "'";
    }
  }
  return "a field of another type than the condition needs";
}

}  // namespace sluice
