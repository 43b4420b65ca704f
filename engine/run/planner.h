// GraphSpec + Registry -> Plan: names and options resolved, edges typed, cycles refused, stages
// laid out. Opens nothing, so it is all that `validate` needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/run/graph_spec.h"
#include "engine/run/plan.h"
#include "engine/stage/registry.h"

namespace sluice {

/// Reports every mistake; nothing if there was one. `only` names the pipelines to plan (all, if
/// empty). The registry outlives the plan.
std::optional<Plan> make_plan(const GraphSpec& spec, const Registry& registry,
                              const Environment& environment, const std::vector<std::string>& only,
                              Diagnostics& diagnostics);

}  // namespace sluice
