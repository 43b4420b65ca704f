// The header of a zstd frame and of its blocks (RFC 8878, 3.1.1), as far as sluice looks into them:
// to find where a frame ends without decoding it, and to say what is wrong with one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

/// A frame header has at most magic number, descriptor, window, dictionary and content size.
inline constexpr std::size_t zstd_header_limit_bytes = 18;
inline constexpr std::size_t zstd_block_header_bytes = 3;
inline constexpr std::size_t zstd_skippable_header_bytes = 8;
/// The largest window that is decoded, so that a few bytes of input cannot claim gigabytes.
inline constexpr int zstd_window_log_limit = 27;

struct ZstdFrameHeader {
  std::size_t size = 0;  ///< Of the header, bytes.
  std::uint64_t window = 0;
  std::optional<std::uint64_t> content;
  std::uint32_t dictionary = 0;  ///< 0: none.
  bool checksum = false;         ///< Four bytes behind the last block.

  /// The most bytes one block decodes to.
  std::uint64_t block_limit() const noexcept;
};

/// The header at the front of `bytes`; nothing if it is none, has reserved bits set, or `bytes` end
/// too early.
std::optional<ZstdFrameHeader> read_zstd_header(std::string_view bytes) noexcept;

/// Bytes of the skippable frame that starts with `bytes`, header included; nothing if none does.
std::optional<std::uint64_t> skippable_frame_size(std::string_view bytes) noexcept;

struct ZstdBlockHeader {
  std::size_t stored = 0;   ///< Bytes behind the header.
  std::size_t content = 0;  ///< The most bytes it decodes to.
  bool last = false;
};

/// The block header at the front of `bytes`; nothing if its type is reserved or the block is larger
/// than `block_limit`. REQUIRES: zstd_block_header_bytes bytes.
std::optional<ZstdBlockHeader> read_zstd_block(std::string_view bytes,
                                               std::uint64_t block_limit) noexcept;

}  // namespace sluice
