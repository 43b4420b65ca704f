// Resolves the names in a pipeline: stage types, ids, options, and who reads from whom.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/run/graph_spec.h"
#include "engine/run/plan.h"
#include "engine/stage/registry.h"

namespace sluice {

/// Where in the list of a pipeline's stages one stands.
enum class StagePosition : std::uint8_t { first, between, last };

/// The type that a stage named without its role means: the first of a pipeline a source, a later
/// one a transform, else a duplex where others follow, else a sink; and if there is none of these,
/// whatever has the name. Null if nothing has.
const StageType* find_by_place(const Registry& registry, std::string_view name,
                               StagePosition position);

/// Fills `pipeline.stages` up to `bound` and `inputs`. Reports every mistake; false if there was
/// one.
bool resolve_stages(const PipelineSpec& spec, const Registry& registry, PlannedPipeline& pipeline,
                    Diagnostics& diagnostics);

}  // namespace sluice
