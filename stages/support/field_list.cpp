#include "stages/support/field_list.h"

#include <utility>

#include "engine/stage/field_path.h"
#include "engine/stage/meta_field.h"

namespace sluice {
namespace {

/// The syntax of a field; null after filling `mistake`.
SyntaxNodePtr field_syntax(const ExpressionText& written, ExpressionMistake& mistake) {
  SyntaxNodePtr syntax = parse_expression(written.text, mistake);
  if (!syntax || is_field_path(*syntax)) return syntax;
  mistake = {"a field is named here, such as status or http.status", {}, syntax->range};
  return nullptr;
}

}  // namespace

std::optional<FieldReference> read_field(const ExpressionText& written, const Schema& schema,
                                         Besides besides, Diagnostics& diagnostics) {
  ExpressionMistake mistake;
  const SyntaxNodePtr syntax = field_syntax(written, mistake);
  std::optional<FieldReference> field;
  if (syntax) field = resolve_field(*syntax, schema, mistake);
  if (field && field->name.empty() && besides == Besides::nothing) {
    mistake = {"'raw' is the text of the record, which is no field",
               "a data field of that name is record[\"raw\"]", syntax->range};
    field.reset();
  }
  if (field && besides != Besides::raw_and_meta && find_meta_field(field->name)) {
    mistake = {"'" + plain_field(field->name) + "' is no field of the record",
               "`set` makes a field of it; a data field of that name is record[\"meta\"]",
               syntax->range};
    field.reset();
  }
  if (!field) written.report(mistake, "expression.invalid", diagnostics);
  return field;
}

std::vector<FieldReference> read_fields(const std::vector<ExpressionText>& written,
                                        const Schema& schema, Besides besides,
                                        Diagnostics& diagnostics) {
  std::vector<FieldReference> fields;
  for (const ExpressionText& text : written) {
    auto field = read_field(text, schema, besides, diagnostics);
    if (field) fields.push_back(std::move(*field));
  }
  return fields;
}

std::optional<std::string> read_new_name(const ExpressionText& written, Diagnostics& diagnostics) {
  // Records that may have any field have this one.
  Schema any;
  any.open = true;
  auto field = read_field(written, any, Besides::nothing, diagnostics);
  if (!field) return std::nullopt;
  return std::move(field->name);
}

void add_to(FieldSet& set, const std::vector<FieldReference>& fields) {
  for (const FieldReference& field : fields) {
    if (!field.name.empty()) set.add(field.name);
  }
}

}  // namespace sluice
