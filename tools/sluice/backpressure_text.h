// What a plan does when one of its ends stops taking data, in words.
#pragma once

#include <string>

#include "engine/run/plan.h"

namespace sluice {

/// A line for each sink: which sources wait for it, and whom they keep waiting with it, or where
/// records are dropped instead.
std::string backpressure_text(const PlannedPipeline& pipeline);

}  // namespace sluice
