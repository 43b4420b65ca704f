// One item of a pipeline's `stages`. Private to config/.
#pragma once

#include <optional>

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
/// Nothing if it is none of them. Every mistake is appended to `diagnostics`.
std::optional<StageSpec> read_stage(const Value& item, Diagnostics& diagnostics);

}  // namespace sluice
