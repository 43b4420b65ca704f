// What each edge of a pipeline carries, where a stage leaves that open.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/run/plan.h"

namespace sluice {

/// Fills input_type and output_type of every stage's place, and reports edges whose ends do not
/// fit.
///
/// An output of type `any` goes by its readers: records if one of them wants records, bytes if one
/// wants bytes; else bytes, but of a source records. One of type `same` is what the stage takes. A
/// stage that takes `any` and may give bytes would rather have bytes.
/// REQUIRES: pipeline.order is filled.
void resolve_edges(PlannedPipeline& pipeline, Diagnostics& diagnostics);

}  // namespace sluice
