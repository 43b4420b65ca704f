// The part that stages of bytes are made of: it changes one stream of bytes into another, and
// frames the result when records are wanted.
#pragma once

#include <memory>

#include "engine/stage/part.h"
#include "engine/stage/stage_context.h"
#include "stages/support/input_options.h"
#include "stages/support/stream_coder.h"

namespace sluice {

/// Serial, in order. With Framing::none its output is bytes. With OnCorrupt::keep an input that the
/// coder or the framing refuses ends there: what was complete in front of it is delivered, and
/// "corrupt_tail" counted. `context` outlives the part.
///
/// The coder's errors get the file, and the place in it, that the bytes at fault came from.
ExpanderPart byte_stage_part(std::unique_ptr<StreamCoder> coder, const FramingOptions& framing,
                             OnCorrupt on_corrupt, StageContext& context);

}  // namespace sluice
