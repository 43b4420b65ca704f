// The planner's two walks over a pipeline: schemas from the sources down, demands from the sinks up
// (stage/schema.h says what they are).
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/run/plan.h"

namespace sluice {

/// Fills `place` and `output` of every stage. Reports what does not fit; the demands are then not
/// worked out. REQUIRES: inputs are resolved and pipeline.order is set.
void push_down(PlannedPipeline& pipeline, Diagnostics& diagnostics);

}  // namespace sluice
