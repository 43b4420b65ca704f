// Names in expressions: fields, the record's text and place, and types.
#include <algorithm>
#include <array>

#include "engine/expression/expression_compiler.h"
#include "engine/expression/field_reference.h"
#include "engine/stage/field_path.h"

namespace sluice {
namespace {

using Type = CelValue::Type;

constexpr std::array<std::string_view, 14> type_names{"null_type",
                                                      "bool",
                                                      "int",
                                                      "uint",
                                                      "double",
                                                      "string",
                                                      "bytes",
                                                      "list",
                                                      "map",
                                                      "type",
                                                      "google.protobuf.Timestamp",
                                                      "google.protobuf.Duration",
                                                      "net.IP",
                                                      "net.CIDR"};

}  // namespace

ExpressionCompiler::Maybe ExpressionCompiler::path(const SyntaxNode& syntax,
                                                   const std::vector<std::string>& keys) {
  if (keys.front() == "meta") return meta(syntax);
  if (keys.front() == "raw" && keys.size() == 1) {
    if (!schema_.has_text) {
      return fail(syntax.range, "these records have no original text, so there is no 'raw'");
    }
    Node node;
    node.kind = Node::Kind::raw;
    Typed typed = add(node, {}, set_of(Type::text));
    typed.has_field = true;
    return typed;
  }
  const bool is_explicit = keys.front() == "record";
  if (is_explicit && keys.size() == 1) {
    return fail(syntax.range, "'record' needs a key, as in record[\"user-agent\"]");
  }
  const std::vector<std::string> rest(keys.begin() + (is_explicit ? 1 : 0), keys.end());
  std::string name;
  for (const std::string& key : rest) name += (name.empty() ? "" : ".") + key;
  const auto type = std::find(type_names.begin(), type_names.end(), name);
  const bool is_type = !is_explicit && type != type_names.end();
  const auto count_of_mistakes = mistake_.message.size();
  if (!is_type || !wants_type_) {
    Maybe known = known_path(syntax, rest);
    if (known || mistake_.message.size() != count_of_mistakes) return known;
  }
  if (is_type && (wants_type_ || !schema_.open)) return constant(CelValue::type_named(*type));
  // Records that may have any field lack those that were removed above.
  ExpressionMistake mistake;
  if (resolve_field(syntax, schema_, mistake)) return field(join_field(rest), FieldType::any);
  return mismatch(mistake.range, std::move(mistake.message), std::move(mistake.hint));
}

ExpressionCompiler::Maybe ExpressionCompiler::meta(const SyntaxNode& syntax) {
  ExpressionMistake mistake;
  const auto reference = resolve_field(syntax, schema_, mistake);
  if (!reference) return fail(mistake.range, std::move(mistake.message), std::move(mistake.hint));
  return field(reference->name, reference->type);
}

}  // namespace sluice
