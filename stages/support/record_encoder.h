// The expander that writes records as text.
#pragma once

#include <memory>

#include "engine/stage/stage.h"
#include "stages/support/encoding.h"

namespace sluice {

/// Makes a stream of bytes, which batches cut anywhere, from the fields of records. Holds at most
/// one encoded record, and for a table its first rows, by which the widths of its columns are
/// chosen (`table_head_bytes`). REQUIRES: the encoding is not raw.
std::unique_ptr<Expander> make_record_encoder(const EncodingPlan& plan);

/// How many bytes of a table are looked at before its first row is written; a later row that is
/// wider than they are stands out.
inline constexpr std::size_t table_head_bytes = 256 << 10;

}  // namespace sluice
