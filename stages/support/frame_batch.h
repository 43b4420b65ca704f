// Making a batch of records from bytes that StreamFramer or read_range (line_framing.h) cut off.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/result.h"
#include "engine/data/batch.h"
#include "engine/stage/stage_context.h"
#include "stages/support/framing_options.h"
#include "stages/support/line_framing.h"

namespace sluice {

/// Makes the records of `text`, which lies in the buffer of `batch`, its content, and seals the
/// buffer. Deals with records that are too long: counts "oversize_truncated" (a warning) and
/// "oversize_dropped" (a reject) in the context; with Oversize::fail the first of them is an Error
/// of code limit. Tells the batch's input_place(), if it has one, of what is missing. Answers how
/// many lines the text had.
Result<std::uint64_t> frame_batch(Batch& batch, std::span<char> text, const FramingOptions& options,
                                  const TextPlace& place, StageContext& context);

}  // namespace sluice
