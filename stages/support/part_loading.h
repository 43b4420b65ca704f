// Loading the parts of a compressed file in parallel: what read_range (range_reading.h) is for
// plain files.
//
// The file is cut into groups of parts at borders that part_scan.h finds; no border is at a line
// end, and nobody waits for a neighbour to learn how the line before it ends. Instead a loader
// decodes past the end of its group: the lines of a group are those that start behind its first LF,
// up to the first LF behind its end. The first group of a file also has what is in front of its
// first LF; a group without an LF has no line at all. So each line belongs to one group, and the
// records do not depend on where groups are cut.
//
// A damaged part costs its neighbours nothing but the lines that reach into it. With
// OnCorrupt::keep the records in front of the damage are loaded and the next part is gone on with,
// behind its first LF; again wherever groups are cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "engine/data/buffer_pool.h"
#include "engine/stage/stage_context.h"
#include "stages/support/codec_settings.h"
#include "stages/support/compression.h"
#include "stages/support/decoder.h"
#include "stages/support/input_options.h"
#include "stages/support/part_decoder.h"
#include "stages/support/part_scan.h"

namespace sluice {

/// The most content of a part that is loaded in parallel when buffers are smaller: that of the
/// frames sluice writes at usual levels (frame_content_size).
inline constexpr ByteSize part_content_limit = 2_MiB;
/// What buffers must hold beside the longest record, for a group and a first look behind its end:
/// SourcePart::usual_batch of a source that loads parts.
inline constexpr ByteSize usual_part_batch{part_content_limit.bytes + (8U << 10U)};

/// The same for blocks of xz: what sluice writes, and `xz -T` at levels 0 to 2. Only of a source
/// that is known to read xz (FileReading::usual_batch), since its buffers are that large.
inline constexpr ByteSize xz_block_limit = 8_MiB;
inline constexpr ByteSize usual_xz_batch{xz_block_limit.bytes + (8U << 10U)};

/// What scanning may put into one group for a buffer like this one: a single part may take what is
/// there beside the longest record.
PartLimits part_limits(const Buffer& buffer, const FramingOptions& options) noexcept;

/// Consecutive parts of a file.
struct PartGroup {
  Compression compression = Compression::none;
  std::vector<StoredPart> parts;           ///< At least one; they follow each other without a gap.
  std::optional<StoredPart> next;          ///< The part behind them; none: a stream, or the end.
  std::uint64_t rest = 0;                  ///< Where that begins, or a little in front of it.
  std::uint64_t file_end = 0;              ///< Where the last part of the file ends.
  std::shared_ptr<const XzBlocks> blocks;  ///< Of the file, if it is xz.
  bool first = false;                      ///< No part lies in front of it.
};

/// One thread at a time. Owns decompressors and a copy of the stored bytes, reused from group to
/// group: about as much memory as a group, whatever a file says.
class PartLoader {
 public:
  /// `settings` and `context` outlive it.
  PartLoader(const FramingOptions& options, OnCorrupt on_corrupt, const CodecSettings& settings,
             StageContext& context) noexcept
      : options_(options), on_corrupt_(on_corrupt), settings_(settings), context_(context) {}

  struct Loaded {
    std::span<char> text;      ///< In the buffer; input of frame_batch.
    std::uint64_t offset = 0;  ///< Decoded bytes from the start of the group to the text.
    /// What the group decodes to, in bytes; nothing: a damaged part does not say how much it held.
    std::optional<std::uint64_t> content;
  };

  /// Loads a group that part_limits allowed for `buffer`, whose capacity is at least the larger of
  /// its size and usual_part_batch, plus longest_record. Counts each damaged part of the group
  /// once, as "corrupt_tail", or fails with an Error of code corrupt_input that names the file and
  /// the place of the damage in it.
  Result<Loaded> load(const File& file, const PartGroup& group, Buffer& buffer);

 private:
  class Text;
  struct Decoded {
    std::size_t size = 0;  ///< In front of the damage, if there is some.
    std::optional<Error> damage;
  };

  Status read_stored(const File& file, const PartGroup& group);
  Status load_part(const File& file, const StoredPart& part, std::span<const char> stored,
                   bool first, Text& text);
  Decoded decode(const StoredPart& part, std::span<const char> stored, bool first,
                 std::span<char> out);
  Decoded decode_slowly(const StoredPart& part, std::span<const char> stored, bool first,
                        std::span<char> out);
  /// A part, or, without a bound of its content, the rest of the file.
  struct Stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::optional<std::size_t> content;
    std::optional<std::uint8_t> xz_check;
  };
  static Stretch stretch_of(const StoredPart& part);
  Status load_line_end(const File& file, const PartGroup& group, const PartLimits& limits,
                       Text& text);
  Result<bool> decode_front(const File& file, const Stretch& stretch, Text& text);
  Result<std::span<const char>> look(const File& file, std::uint64_t offset, std::uint64_t end);
  Decoder& decoder_at(std::uint64_t offset, bool behind_parts,
                      std::optional<std::uint8_t> xz_check);

  FramingOptions options_;
  OnCorrupt on_corrupt_;
  const CodecSettings& settings_;
  StageContext& context_;
  Compression compression_ = Compression::none;  ///< What the decoders are for.
  std::unique_ptr<PartDecoder> part_decoder_;    ///< Null for xz.
  std::unique_ptr<Decoder> decoder_;  ///< For damaged parts, and behind the end of a group.
  std::vector<char> stored_;
  std::uint64_t stored_offset_ = 0;  ///< Where in the file they lie.
  std::size_t stored_size_ = 0;      ///< Bytes of stored_ in use.
};

}  // namespace sluice
