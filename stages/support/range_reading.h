// Cutting a file into ranges that are loaded in parallel, where records can be told wherever one
// looks: records that end at a certain byte (ending_byte), records of a fixed size, and plain
// bytes. What is loaded goes through frame_batch, and gives the same records as a stream
// (stream_framer.h) whatever the size of buffers and ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "engine/data/buffer_pool.h"
#include "stages/support/framing_options.h"

namespace sluice {

/// True when a file may be cut into ranges.
bool fits_ranges(const FramingOptions& options) noexcept;

/// The records of a file that start in [offset, offset + size).
struct FileRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t begin = 0;  ///< Where the first record of the file starts.
  std::uint64_t end = 0;    ///< Where the last one ends.
};

/// How many bytes a range should have so that it and the rest of its last record usually fit the
/// normal size of a buffer. At least 1.
std::uint64_t range_size(std::size_t buffer_size, const FramingOptions& options) noexcept;

struct RangeText {
  std::span<char> text;      ///< In the buffer; input of frame_batch.
  std::uint64_t offset = 0;  ///< Where it begins in the file.
  bool file_shrank = false;  ///< The file ended before range.end.
};

/// Loads a range into `buffer`, whose capacity is at least its size plus longest_record. Reads
/// behind the range only to find the end of its last record, and never further than it takes to
/// know that this one is too long. Any number of threads at once.
Result<RangeText> read_range(const File& file, const FileRange& range,
                             const FramingOptions& options, Buffer& buffer);

}  // namespace sluice
