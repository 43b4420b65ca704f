// The borders of the parts of a compressed file, found without decoding: zstd frames by their
// headers and those of their blocks (RFC 8878), gzip members by the size field that sluice and BGZF
// write into their headers (gzip_format.h), blocks of xz by the indexes of the file (xz_blocks.h):
// those of a stream either all are parts or none is. Parts decode independently of each other, so a
// file whose borders are known can be decoded by several threads.
//
// Everything here comes from the input, and a damaged or malicious file says what it likes. A part
// is reported only if it lies in the file and is small enough; whether it holds what it says only
// decoding shows. What is in any way unusual is not judged here but left to the serial decoder,
// which then says what is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/codec_settings.h"
#include "stages/support/compression.h"
#include "stages/support/xz_blocks.h"

namespace sluice {

/// One gzip member, zstd frame or block of xz.
struct StoredPart {
  std::uint64_t offset = 0;   ///< Of its first byte in the file.
  std::size_t size = 0;       ///< Bytes in the file, header and trailer included.
  std::size_t content = 0;    ///< Bytes it decodes to, or a bound of that.
  bool content_known = true;  ///< `content` is what the part itself says, or the index of xz.
  /// Of a block of xz, which does not say it itself: the kind of check of its stream.
  std::optional<std::uint8_t> xz_check;
};

/// What a part or a group of them may have.
struct PartLimits {
  std::size_t part_content = 0;   ///< Content of one part; a larger one is none of ours.
  std::size_t group_content = 0;  ///< Content of a group of several parts.
};

/// A part's stored bytes may exceed the limit of its content by this much: data that does not
/// compress, headers, empty blocks.
inline constexpr std::size_t part_overhead_bytes = std::size_t{64} << 10U;
/// No group has more parts than this.
inline constexpr std::size_t most_parts_of_group = 4096;

/// Walks over a file with small reads, which get no more of it than the headers. One thread at a
/// time. Its memory is constant, but for what is known of blocks of xz (xz_blocks.h).
class PartScanner {
 public:
  /// Scans bytes [begin, end) of `file`, which outlives it. Finds zstd frames that need no
  /// dictionary or the one of the settings; finds nothing in other formats than gzip, zstd and
  /// xz. `blocks`: those of the file, if another scanner has found them.
  PartScanner(const File& file, Compression compression, std::uint64_t begin, std::uint64_t end,
              const CodecSettings& settings = {}, std::shared_ptr<const XzBlocks> blocks = nullptr);

  /// The next part, or several small ones that follow each other without a gap, in at most
  /// limits.group_content bytes of content. None at the end, and when the bytes at offset() are no
  /// part within the limits; this then stays so. Errors: io. REQUIRES: limits.part_content is
  /// always the same.
  Result<std::vector<StoredPart>> next_group(const PartLimits& limits);

  /// The first part of the next group, as far as it is known: behind each group it is.
  const std::optional<StoredPart>& ahead() const noexcept { return ahead_; }

  /// Null for other formats than xz, and before the first group.
  const std::shared_ptr<const XzBlocks>& blocks() const noexcept { return blocks_; }

  /// What is in front was handed out or skipped (zstd's skippable frames; the indexes of xz).
  std::uint64_t offset() const noexcept { return offset_; }
  bool at_end() const noexcept { return offset_ == end_; }

 private:
  /// The bytes of the file from `offset` on, at least `count` unless the file or this scan's window
  /// has fewer.
  Result<std::string_view> look(std::uint64_t offset, std::size_t count);
  /// The part at offset_, behind skippable frames.
  Result<std::optional<StoredPart>> find_part(const PartLimits& limits);
  Result<std::optional<StoredPart>> find_member(const PartLimits& limits);
  Result<std::optional<StoredPart>> find_frame(const PartLimits& limits);
  Result<bool> skip_frames();
  Result<std::optional<StoredPart>> find_block(const PartLimits& limits);

  const File& file_;
  Compression compression_;
  std::uint32_t dictionary_;
  std::uint64_t offset_;
  std::uint64_t end_;
  std::shared_ptr<const XzBlocks> blocks_;
  std::optional<StoredPart> ahead_;  ///< Found at offset_, but not handed out.
  std::vector<char> window_;
  std::uint64_t window_offset_ = 0;
  std::size_t window_size_ = 0;  ///< Bytes of window_ that hold something.
};

}  // namespace sluice
