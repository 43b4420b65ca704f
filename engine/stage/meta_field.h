// What is known of a record beside its fields: `meta.path`, `meta.line`, `meta.offset`,
// `meta.time`.
//
// They travel as columns whose names no field of the data can have, so whatever carries, orders,
// compares or copies fields does the same with them. Who reads one asks for it in its demand; the
// planner then has it filled in as far down as it can be (engine/run/meta_parts.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/stage/schema.h"

namespace sluice {

enum class MetaField : std::uint8_t {
  path,    ///< The name of the file it came from; missing: from none.
  line,    ///< The number of the line it begins with there, from 1; missing: it has none.
  offset,  ///< Where it begins there, in bytes; missing: it came from no file, or from one that is
           ///< compressed and does not say how much there is in front.
  time,    ///< When it was read.
};
inline constexpr std::array<MetaField, 4> meta_fields{MetaField::path, MetaField::line,
                                                      MetaField::offset, MetaField::time};

/// The name of its column, which plain_field() makes "meta.line" of.
std::string_view name_of(MetaField field) noexcept;
FieldType type_of(MetaField field) noexcept;

/// The one whose column is called `name`.
std::optional<MetaField> find_meta_field(std::string_view name) noexcept;
/// The one that people call meta.`key`.
std::optional<MetaField> find_meta_key(std::string_view key) noexcept;
/// Those that are in `set`.
std::vector<MetaField> meta_fields_in(const FieldSet& set);

}  // namespace sluice
