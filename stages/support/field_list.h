// Options that name fields, the same for every transform.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/expression/field_reference.h"
#include "engine/expression/marked_text.h"

namespace sluice {

/// What else may be named: `raw`, the record's whole text, and `meta.line` and the like.
enum class Besides : std::uint8_t { nothing, raw, raw_and_meta };

/// The field that `written` names; nothing after reporting what is wrong with it.
std::optional<FieldReference> read_field(const ExpressionText& written, const Schema& schema,
                                         Besides besides, Diagnostics& diagnostics);

/// Those of them that can be read.
std::vector<FieldReference> read_fields(const std::vector<ExpressionText>& written,
                                        const Schema& schema, Besides besides,
                                        Diagnostics& diagnostics);

/// The name that a new field is to have: `code`, `http.code`, `record["odd name"]`.
std::optional<std::string> read_new_name(const ExpressionText& written, Diagnostics& diagnostics);

/// Adds what the fields need of a record; `raw` needs nothing.
void add_to(FieldSet& set, const std::vector<FieldReference>& fields);

}  // namespace sluice
