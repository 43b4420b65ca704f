// Resolves the names in a pipeline: stage types, ids, options, and who reads from whom.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/run/graph_spec.h"
#include "engine/run/plan.h"
#include "engine/stage/registry.h"

namespace sluice {

/// Fills `pipeline.stages` up to `bound` and `inputs`. Reports every mistake; false if there was
/// one.
bool resolve_stages(const PipelineSpec& spec, const Registry& registry, PlannedPipeline& pipeline,
                    Diagnostics& diagnostics);

}  // namespace sluice
