// Cutting input into lines that never cross a batch border, by two ways that give the same records
// whatever the size of buffers and ranges: ranges of a file, which are loaded in parallel, and
// streams, which are assembled one buffer after the other. Either way the result goes through
// limit_lines, which deals with lines that are too long.
//
// A line ends with LF, which belongs to it; the last one of a file may lack it. Its text is what is
// in front of LF or CR LF. Records of separated fields (separated_framing.h) are framed in streams
// only; a loader then finds them once more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "engine/data/buffer_pool.h"
#include "engine/data/input_place.h"
#include "engine/stage/stage_context.h"
#include "stages/support/framing_options.h"
#include "stages/support/separated_framing.h"

namespace sluice {

/// Where a text begins, for messages.
struct TextPlace {
  std::string_view file;
  std::uint64_t offset = 0;   ///< Of its first byte, in the content of the file.
  bool decompressed = false;  ///< The file holds that content compressed.
  /// Set when `offset` counts from the part of the file (frame, member) that is stored there.
  std::optional<std::uint64_t> part = {};
};

struct FramedLines {
  std::size_t size = 0;                    ///< Bytes that are left, at the front of the text.
  std::uint64_t records = 0;               ///< Lines in them; 0 with Framing::none.
  std::uint64_t lines = 0;                 ///< Lines there were.
  std::vector<InputPlace::Gap> gaps = {};  ///< What is not left.
};

struct FramedRecords {
  std::vector<Slice> rows;
  std::uint64_t lines = 0;  ///< Line ends in the text, and one for what is behind the last.
};

/// Shortens or drops the lines of `text` that are too long, in place, and counts the rest. The last
/// line may be the mere beginning of one that is too long. Counts "oversize_truncated" (a warning)
/// and "oversize_dropped" (a reject) in the context; with Oversize::fail the first such line is an
/// Error of code limit.
Result<FramedLines> limit_lines(std::span<char> text, const FramingOptions& options,
                                const TextPlace& place, StageContext& context);

/// The same for a framing that is_separated: finds the records of `text`, in which nothing moves.
Result<FramedRecords> limit_records(std::span<char> text, const FramingOptions& options,
                                    const TextPlace& place, StageContext& context);

// --- Ranges of a file ----------------------------------------------------------------------------

/// The lines of a file that start in [offset, offset + size).
struct LineRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t begin = 0;  ///< Where the first line of the file starts.
  std::uint64_t end = 0;    ///< Where the last one ends.
};

/// How many bytes a range should have so that it and the rest of its last line usually fit the
/// normal size of a buffer. At least 1.
std::uint64_t range_size(std::size_t buffer_size, Framing framing) noexcept;

struct RangeText {
  std::span<char> text;      ///< In the buffer; input of limit_lines.
  std::uint64_t offset = 0;  ///< Where it begins in the file.
  bool file_shrank = false;  ///< The file ended before range.end.
};

/// Loads a range into `buffer`, whose capacity is at least its size plus longest_record. Reads
/// behind the range only to find the end of its last line, and never further than it takes to know
/// that this line is too long. Any number of threads at once.
Result<RangeText> read_range(const File& file, const LineRange& range,
                             const FramingOptions& options, Buffer& buffer);

// --- Streams -------------------------------------------------------------------------------------

/// Collects the bytes of a stream into buffers so that each ends with a line, and carries the rest
/// over to the next one. The rest of a line that is already known to be too long is skipped, so
/// memory stays bounded. One thread at a time. For each buffer: start, then add to room() until
/// it is empty or the stream has paused or ended, then one of the take functions.
class StreamFramer {
 public:
  explicit StreamFramer(const FramingOptions& options) noexcept;

  /// Says that the stream begins inside a line whose beginning somebody else has. Before start.
  void skip_line() noexcept { skipping_ = options_.framing != Framing::none; }

  /// Begins a buffer with what was carried over. Its capacity is at least its size plus
  /// longest_record, and it stays alive until the text is taken.
  void start(Buffer& buffer);
  /// Where the next bytes of the stream go; empty when the buffer has what it should.
  std::span<char> room();
  /// Says that the first `count` bytes of room() were filled.
  void add(std::size_t count);

  /// True when there is something that can be sent on.
  bool has_lines() const noexcept { return complete_ > begin_; }
  /// Bytes in the buffer that a take function gives out or carries over.
  std::size_t size() const noexcept { return used_ - begin_; }

  /// The text up to the last line end; what is behind it is carried over.
  std::span<char> take_lines();
  /// The first record of a text that was taken; null if the framing is not separated.
  std::shared_ptr<const std::string> first_record(std::span<const char> text) const;
  /// All of the text: the stream has ended.
  std::span<char> take_all();
  /// The text up to the last line end; what is behind it is lost: the stream broke off there.
  std::span<char> take_unbroken();

 private:
  bool rest_is_too_long() const noexcept;
  void find_records() noexcept;
  std::span<char> take(std::size_t end, bool keep_rest);

  FramingOptions options_;
  RecordScan scan_;  ///< For framings that are separated.
  std::string carried_;
  bool skipping_ = false;  ///< Inside a line that is too long, whose beginning was given out.
  Buffer* buffer_ = nullptr;
  std::size_t goal_ = 0;      ///< How far to fill the buffer.
  std::size_t begin_ = 0;     ///< Where the text in the buffer begins.
  std::size_t complete_ = 0;  ///< Where its last whole line ends.
  std::size_t used_ = 0;      ///< Where the text ends.
};

}  // namespace sluice
