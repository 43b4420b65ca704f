#include "engine/stage/schema.h"

#include <algorithm>
#include <cstddef>

namespace sluice {

std::string_view name_of(FieldType type) noexcept {
  switch (type) {
    case FieldType::any:
      return "any type";
    case FieldType::boolean:
      return "bool";
    case FieldType::integer:
      return "int";
    case FieldType::real:
      return "double";
    case FieldType::text:
      return "string";
    case FieldType::timestamp:
      return "timestamp";
    case FieldType::duration:
      return "duration";
  }
  return "?";
}

const Field* Schema::find(std::string_view name) const noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  if (found != fields.end()) return &*found;
  const auto map = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
    return field.is_map && name.size() > field.name.size() && name.starts_with(field.name) &&
           name[field.name.size()] == '.';
  });
  return map == fields.end() ? nullptr : &*map;
}

bool holds_field(std::string_view field, std::string_view name) noexcept {
  return name.starts_with(field) && (name.size() == field.size() || name[field.size()] == '.');
}

bool Schema::is_removed(std::string_view name) const noexcept {
  // A field of today may have the name of one that is gone.
  if (std::any_of(fields.begin(), fields.end(),
                  [&](const Field& field) { return holds_field(field.name, name); })) {
    return false;
  }
  return std::any_of(removed.begin(), removed.end(),
                     [&](const std::string& gone) { return holds_field(gone, name); });
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> names;
  names.reserve(fields.size());
  for (const Field& field : fields) names.push_back(field.name);
  return names;
}

Schema merge(const std::vector<Schema>& inputs) {
  if (inputs.empty()) return {};
  Schema merged = inputs.front();
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const Schema& input = inputs[i];
    for (const Field& field : input.fields) {
      const auto same = std::find_if(merged.fields.begin(), merged.fields.end(),
                                     [&](const Field& f) { return f.name == field.name; });
      if (same == merged.fields.end()) {
        merged.fields.push_back(field);
      } else if (same->type != field.type) {
        same->type = FieldType::any;
      }
    }
    merged.open = merged.open || input.open;
    merged.has_text = merged.has_text && input.has_text;
    merged.is_changed = merged.is_changed || input.is_changed;
    merged.text_is_json = merged.text_is_json && input.text_is_json;
    // A field that one input has removed is there in the records of another.
    if (merged.removed != input.removed) merged.edits_json = false;
    merged.edits_json = merged.edits_json && input.edits_json;
    std::erase_if(merged.removed, [&](const std::string& name) { return !input.is_removed(name); });
  }
  return merged;
}

bool StagePlace::is_named_read() const noexcept {
  return std::any_of(named.begin(), named.end(), [](const auto& demand) { return demand; });
}

void FieldSet::add(std::string_view name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
}

void FieldSet::add(const FieldSet& other) {
  all = all || other.all;
  for (const std::string& name : other.names) add(name);
}

}  // namespace sluice
