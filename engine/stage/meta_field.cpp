#include "engine/stage/meta_field.h"

#include <algorithm>
#include <cstddef>

namespace sluice {
namespace {

/// A backslash in front of a letter stands in no name that join_field() makes.
constexpr std::array<std::string_view, meta_fields.size()> names{"\\meta.path", "\\meta.line",
                                                                 "\\meta.offset", "\\meta.time"};
constexpr std::size_t prefix_bytes = std::string_view("\\meta.").size();

}  // namespace

std::string_view name_of(MetaField field) noexcept {
  return names[static_cast<std::size_t>(field)];
}

FieldType type_of(MetaField field) noexcept {
  switch (field) {
    case MetaField::path:
      return FieldType::text;
    case MetaField::line:
    case MetaField::offset:
      return FieldType::integer;
    case MetaField::time:
      return FieldType::timestamp;
  }
  return FieldType::any;
}

std::optional<MetaField> find_meta_field(std::string_view name) noexcept {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return meta_fields[static_cast<std::size_t>(found - names.begin())];
}

std::optional<MetaField> find_meta_key(std::string_view key) noexcept {
  const auto found = std::find_if(meta_fields.begin(), meta_fields.end(), [&](MetaField field) {
    return name_of(field).substr(prefix_bytes) == key;
  });
  if (found == meta_fields.end()) return std::nullopt;
  return *found;
}

std::vector<MetaField> meta_fields_in(const FieldSet& set) {
  std::vector<MetaField> fields;
  for (const MetaField field : meta_fields) {
    if (std::find(set.names.begin(), set.names.end(), name_of(field)) != set.names.end()) {
      fields.push_back(field);
    }
  }
  return fields;
}

}  // namespace sluice
