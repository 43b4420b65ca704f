// Lays the parts of a pipeline's stages out as nodes, edges and gates.
#pragma once

#include <cstddef>

#include "engine/run/plan.h"

namespace sluice {

/// True when a stage leaves the texts of records where they are: a merge of branches can still tell
/// which record came first, and anybody where they stood in the input.
bool only_thins(const PlannedStage& stage);

/// Decides for every merge of a pipeline how it orders its inputs: the branches of one fan-out that
/// meet again merge in the source's order, others as they arrive (unless the config said `input`).
/// REQUIRES: pipeline.order is set.
void find_forks(PlannedPipeline& pipeline);

/// Fills pipeline.nodes and pipeline.gates. Adjacent parallel parts share a node. Each source,
/// gather and expander gets a gate of `tokens` buffers; those of sources and expanders are of
/// `buffer` bytes. REQUIRES: find_forks() was called.
void lay_out(PlannedPipeline& pipeline, std::size_t buffer, std::size_t tokens);

}  // namespace sluice
