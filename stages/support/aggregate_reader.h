// From the options of an aggregate, which are expressions, to what it computes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/expression/marked_text.h"
#include "engine/stage/schema.h"
#include "stages/support/aggregate_spec.h"
#include "stages/support/window_option.h"

namespace sluice {

/// What the part of a key that says a group's window is called in the result.
inline constexpr const char* window_field = "window";

/// What a part of a key is called in the result: a field's name, see stage/field_path.h.
std::string key_name(const AggregateInput& key);

/// Reports every mistake: unknown functions and fields, types that never fit, names given twice.
/// What is wrong is left out of the answer. Without `compute` that is count(). max_groups is not
/// set.
AggregateSpec read_aggregate_spec(const std::vector<NamedExpression>& group_by,
                                  const std::vector<NamedExpression>& compute,
                                  const std::optional<WindowOption>& window, const Schema& input,
                                  Diagnostics& diagnostics);

}  // namespace sluice
