// The xz decoder, on liblzma. See decoder.h for the contract.
#pragma once

#include <lzma.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "stages/support/decoder.h"
#include "stages/support/xz_layout.h"

namespace sluice {

/// Decodes all streams of the input, and skips the padding between them (zero bytes, a multiple of
/// four). Checks are verified: CRC32, CRC64 and SHA-256; a stream with another kind is refused.
/// Needs about the dictionary that the stream names (64 MiB for xz -9), and refuses one that needs
/// more than 256 MiB.
class XzDecoder final : public Decoder {
 public:
  XzDecoder() = default;
  ~XzDecoder() override { lzma_end(&stream_); }

 private:
  Step advance(std::span<const char> in, std::span<char> out) override;
  void reset(bool behind_parts) override;
  void reset_at_block(std::uint8_t check) override;
  bool inside_part() const noexcept override {
    return inside_stream_ || !stream_seen_ || padding_bytes_ % 4 != 0;
  }
  Compression compression() const noexcept override { return Compression::xz; }

  lzma_ret decode_piece(std::span<const char> piece, std::span<char> out, Step& step);
  std::size_t skip_padding(std::span<const char> in);
  bool is_at_part_end() const noexcept { return block_alone_ && layout_.is_behind_block(); }
  bool agree_with_magic(std::span<const char> in) const;
  bool enter_stream(std::uint64_t offset);
  void fail_with(lzma_ret outcome, std::uint64_t offset);

  lzma_stream stream_ = LZMA_STREAM_INIT;  ///< Keeps its memory from stream to stream.
  bool inside_stream_ = false;
  bool stream_seen_ = false;  ///< One has ended.
  bool block_alone_ = false;  ///< A block is what is decoded, instead of streams.
  std::uint64_t padding_bytes_ = 0;
  std::uint64_t stream_offset_ = 0;
  std::uint64_t stream_bytes_ = 0;  ///< Taken of the current one.
  XzLayout layout_;
};

}  // namespace sluice
