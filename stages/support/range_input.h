// A plain file, or a part of it, as ranges that are loaded in parallel.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "stages/support/file_loading.h"
#include "stages/support/file_reading.h"
#include "stages/support/framing_options.h"

namespace sluice {

/// The records of `file` that begin in `range`; in all of it, if there is none. Counts what it has
/// left for loaders in `read_bytes`, which outlives it. REQUIRES: fits_ranges(options).
std::unique_ptr<Input> range_input(std::shared_ptr<LoadedFile> file,
                                   const std::optional<ByteRange>& range,
                                   const FramingOptions& options,
                                   std::atomic<std::uint64_t>& read_bytes);

}  // namespace sluice
