// The parallel half of the transforms that want records of one end of their input.
#pragma once

#include <cstdint>

#include "engine/stage/part.h"

namespace sluice {

enum class RecordEnd : std::uint8_t { first, last };

/// Makes tables, and keeps at most `count` records of that end of each batch.
TransformPart record_ends_part(RecordEnd end, std::uint64_t count);

}  // namespace sluice
