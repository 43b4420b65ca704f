// Making a batch of records from the bytes that StreamFramer or read_range cut off.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/result.h"
#include "engine/data/batch.h"
#include "engine/stage/stage_context.h"
#include "stages/support/framing_options.h"
#include "stages/support/text_place.h"

namespace sluice {

/// Makes the records of `text` the content of `batch`, and seals its buffer. Plain lines come in
/// chunk form, others as a table, each record with an LF behind it where its delimiter was, as
/// Batch::text has it; so they may be merged, copied and written with lines.
///
/// Deals with records that are too long: counts "oversize_truncated" (a warning) or
/// "oversize_dropped" (a reject) in the context; with Oversize::fail the first of them is an Error
/// of code limit. Counts "truncated_text" (a reject) for JSON texts that lost their end. Tells the
/// batch's input_place(), if it has one, of what is not where it was. Answers how many lines the
/// text had; 0 if the framing knows no lines.
///
/// REQUIRES: `text` lies in the buffer of `batch`, whose capacity is at least its size plus
/// longest_record, and nobody needs what is behind it there.
Result<std::uint64_t> frame_batch(Batch& batch, std::span<char> text, const FramingOptions& options,
                                  const TextPlace& place, StageContext& context);

/// True when frame_batch tells how many lines there were.
inline bool counts_lines(const FramingOptions& options) noexcept {
  return is_plain_lines(options) || is_separated(options.framing);
}

}  // namespace sluice
