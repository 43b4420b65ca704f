// Fills in what records are asked for beside their fields (stage/meta_field.h).
//
// A stage that reads `meta.line` gets a part in front of its own that makes a column of it, for the
// records that are still there. So does one that moves or rewrites the texts of records, when a
// stage below reads it: behind it nobody can tell any more where they stood.
#pragma once

#include "engine/run/plan.h"

namespace sluice {

/// Puts those parts in front of the stages that need one. REQUIRES: push_down() was called and the
/// parts are made.
void add_meta_parts(PlannedPipeline& pipeline);

}  // namespace sluice
