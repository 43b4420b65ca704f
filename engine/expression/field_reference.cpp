#include "engine/expression/field_reference.h"

#include <utility>
#include <variant>

#include "engine/base/diagnostic.h"
#include "engine/stage/field_path.h"
#include "engine/stage/meta_field.h"

namespace sluice {
namespace {

using Keys = std::vector<std::string>;

std::optional<Keys> keys_of(const SyntaxNode& syntax) {
  if (syntax.kind == SyntaxNode::Kind::name) return Keys{syntax.name};
  const bool is_index = syntax.kind == SyntaxNode::Kind::call && syntax.name == "_[_]";
  if (!is_index && syntax.kind != SyntaxNode::Kind::select) return std::nullopt;
  std::optional<Keys> keys = keys_of(is_index ? *syntax.arguments[0] : *syntax.target);
  if (!keys) return std::nullopt;
  if (!is_index) {
    keys->push_back(syntax.name);
    return keys;
  }
  const SyntaxNode& index = *syntax.arguments[1];
  const auto* key = std::get_if<std::string>(&index.literal);
  if (index.kind != SyntaxNode::Kind::literal || key == nullptr) return std::nullopt;
  keys->push_back(*key);
  return keys;
}

ExpressionMistake unknown_field(const SyntaxNode& syntax, const Keys& keys, const Schema& schema) {
  const std::string name = join_field(keys);
  std::string hint = did_you_mean(name, schema.names());
  if (keys.size() > 1 && schema.find(join_field({keys.front()})) != nullptr) {
    hint = "'" + keys.front() + "' has no fields of its own";
  } else if (schema.fields.empty()) {
    hint = "a 'parse' above makes fields; 'raw' is the whole text";
  } else if (hint.empty()) {
    for (const Field& field : schema.fields) {
      hint += (hint.empty() ? "there are " : ", ") + plain_field(field.name);
    }
  }
  return {"these records have no field '" + plain_field(name) + "'", std::move(hint), syntax.range};
}

std::optional<FieldReference> resolve_meta(const SyntaxNode& syntax, const Keys& keys,
                                           const Schema& schema, ExpressionMistake& mistake) {
  const auto meta = keys.size() == 2 ? find_meta_key(keys[1]) : std::nullopt;
  if (!meta) {
    mistake = {"there are meta.path, meta.line, meta.offset and meta.time",
               "a data field of that name is record[\"meta\"]", syntax.range};
  } else if (!schema.has_text) {
    mistake = {"these records have no original text, and so no place in a file", {}, syntax.range};
  } else {
    return FieldReference{std::string(name_of(*meta)), type_of(*meta)};
  }
  return std::nullopt;
}

}  // namespace

bool is_field_path(const SyntaxNode& syntax) { return keys_of(syntax).has_value(); }

std::optional<FieldReference> resolve_field(const SyntaxNode& syntax, const Schema& schema,
                                            ExpressionMistake& mistake) {
  Keys keys = *keys_of(syntax);
  if (keys.front() == "meta") return resolve_meta(syntax, keys, schema, mistake);
  if (keys.front() == "raw" && keys.size() == 1) {
    if (schema.has_text) return FieldReference{{}, FieldType::text};
    mistake = {"these records have no original text, so there is no 'raw'", {}, syntax.range};
    return std::nullopt;
  }
  if (keys.front() == "record") {
    if (keys.size() == 1) {
      mistake = {"'record' needs a key, as in record[\"user-agent\"]", {}, syntax.range};
      return std::nullopt;
    }
    keys.erase(keys.begin());
  }
  const std::string name = join_field(keys);
  if (const Field* known = schema.find(name)) return FieldReference{name, known->type};
  for (const std::string& removed : schema.removed) {
    if (removed == name || !holds_field(name, removed)) continue;
    mistake = {"'" + plain_field(name) + "' cannot be read as a whole: '" + plain_field(removed) +
                   "' in it is removed or renamed above",
               {},
               syntax.range};
    return std::nullopt;
  }
  if (schema.is_removed(name)) {
    mistake = {
        "the field '" + plain_field(name) + "' is removed or renamed above", {}, syntax.range};
    return std::nullopt;
  }
  if (schema.open) return FieldReference{name, FieldType::any};
  mistake = unknown_field(syntax, keys, schema);
  return std::nullopt;
}

}  // namespace sluice
