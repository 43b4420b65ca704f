// Names in expressions, resolved against what is known of the records: `status`, `http.status`,
// `record["user-agent"]`, `raw`, `meta.line`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/expression/syntax.h"
#include "engine/stage/schema.h"

namespace sluice {

struct FieldReference {
  /// See stage/field_path.h, and stage/meta_field.h. Empty: the record's own text (`raw`).
  std::string name;
  FieldType type = FieldType::any;
};

/// True of `a`, `a.b`, `a["b"]`: what can be a field.
bool is_field_path(const SyntaxNode& syntax);

/// The field that `syntax` names; nothing after filling `mistake`: records have no such field.
/// REQUIRES: is_field_path(syntax).
std::optional<FieldReference> resolve_field(const SyntaxNode& syntax, const Schema& schema,
                                            ExpressionMistake& mistake);

}  // namespace sluice
