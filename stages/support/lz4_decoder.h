// The decoder of the LZ4 frame format, on liblz4's block decoder. See decoder.h for the contract.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "stages/support/decoder.h"

namespace sluice {

/// Decodes all frames, one behind the other, and skips skippable ones. Checks all checksums and
/// sizes that a frame has. Frames that need a dictionary and the legacy format are errors. A block
/// (at most 4 MiB of content) is decoded when all of it is there; memory is two blocks.
///
/// The library has a frame decoder, too. It reports nothing of what it decoded in a call that ends
/// in an error.
class Lz4Decoder final : public StateDecoder {
 public:
  Lz4Decoder();
  ~Lz4Decoder() override;

 private:
  enum class State : std::uint8_t {
    magic,
    skippable_size,
    skippable,
    descriptor,
    block_header,
    block,
    content,  ///< A block is decoded, but not delivered.
    content_checksum,
  };

  /// What the descriptor of a frame says.
  struct Frame {
    bool independent_blocks = false;
    bool block_checksums = false;
    bool content_checksum = false;
    std::size_t block_limit = 0;
    std::optional<std::uint64_t> content;
  };
  struct ContentHash;

  void reset(bool behind_parts) override;
  bool inside_part() const noexcept override {
    return state_ != State::magic || field_bytes_ > 0 || !frame_seen_;
  }
  Compression compression() const noexcept override { return Compression::lz4; }

  // True: the state has changed, go on.
  bool run_state(Rest& rest) override;
  bool take_magic(Rest& rest);
  bool take_skippable_size(Rest& rest);
  bool skip(Rest& rest);
  bool take_descriptor(Rest& rest);
  bool take_block_header(Rest& rest);
  bool take_block(Rest& rest);
  bool deliver(Rest& rest);
  bool take_content_checksum(Rest& rest);

  bool gather(Rest& rest, std::size_t size);
  void go_to(State state) noexcept;
  bool begin_frame();
  bool end_frame(Rest& rest);
  void decode_block(std::span<const char> stored, Rest& rest);
  std::optional<std::size_t> decode_content(std::span<const char> stored, std::span<char> to) const;
  std::size_t content_limit() const noexcept;
  bool refuse(std::string_view what, std::uint64_t offset);

  State state_ = State::magic;
  bool frame_seen_ = false;  ///< One has ended.
  std::uint64_t frame_offset_ = 0;
  std::array<char, 20> field_{};  ///< The header field that is being gathered.
  std::size_t field_bytes_ = 0;
  std::uint32_t skippable_left_ = 0;

  Frame frame_;
  std::uint64_t decoded_bytes_ = 0;  ///< Of the frame.
  std::unique_ptr<ContentHash> hash_;

  std::uint64_t block_offset_ = 0;
  std::size_t block_size_ = 0;  ///< Stored, without its checksum.
  bool block_is_plain_ = false;
  std::vector<char> stored_;  ///< Of a block that came in pieces.
  std::size_t stored_bytes_ = 0;
  std::vector<char> content_;  ///< What a block may refer back to, and the block.
  std::size_t history_bytes_ = 0;
  std::size_t delivered_end_ = 0;
  std::size_t content_end_ = 0;
};

}  // namespace sluice
