// The parts that write records as text, in front of a sink of bytes.
#pragma once

#include <memory>

#include "engine/stage/part.h"
#include "stages/support/encoding.h"

namespace sluice {

/// Makes whole lines, or what else the framing has, from the fields of records, the same bytes for
/// any number of threads.
///
/// Batches are encoded in parallel, into scratch memory of their own token. An expander behind that
/// lets those pass, puts what comes first (the titles of CSV) in front, and encodes what was too
/// long for its scratch, into as many buffers as it takes; holds at most one encoded record. A
/// table looks at its records together, so it is all expander, and holds its first rows as well
/// (`table_head_bytes`). REQUIRES: not raw with plain lines, which are there already.
Parts record_encoder_parts(const EncodingPlan& plan, std::shared_ptr<const EarlierOutput> earlier);

}  // namespace sluice
