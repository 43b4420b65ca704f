// One item of a pipeline's `stages`. Private to config/.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"
#include "engine/run/graph_spec.h"

namespace sluice {

/// Reads one of the forms of a stage:
///
///   - source: file            # role and type; `duplex`, `sink`, `transform` likewise
///     path: a.log
///   - filter: status >= 500   # the first key that is not id, from or order is the type, its value
///     id: errors              # goes to the type's main option; a map is read as the keys below:
///   - file: {path: a.zst}     # the same as `path: a.zst` beside `file:`
///   - stdout                  # a type alone
///
/// Some types have a map as their main option; `map_options` has its name by theirs. The short
/// form's map is then that one, whatever its keys are, unless it names the option:
///
///   - set: {id: request.id}
///   - set: {fields: {id: request.id}, on_error: keep}
///
/// Nothing if it is none of them. Every mistake is appended to `diagnostics`.
std::optional<StageSpec> read_stage(
    const Value& item, const std::map<std::string, std::string, std::less<>>& map_options,
    Diagnostics& diagnostics);

}  // namespace sluice
