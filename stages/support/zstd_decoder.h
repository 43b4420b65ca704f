// The zstd decoder (RFC 8878), on libzstd. See decoder.h for the contract.
#pragma once

#include <zstd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "stages/support/codec_settings.h"
#include "stages/support/decoder.h"
#include "stages/support/zstd_dictionary.h"
#include "stages/support/zstd_format.h"

namespace sluice {

/// Decodes all frames and skips skippable ones. Content checksums are checked. Windows above the
/// one of the settings are refused, so that a few bytes of input cannot claim gigabytes. Frames
/// that need another dictionary than the one given and the formats before 1.0 are errors.
class ZstdDecoder final : public Decoder {
 public:
  explicit ZstdDecoder(const CodecSettings& settings);

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  };

  Step advance(std::span<const char> in, std::span<char> out) override;
  void reset(bool behind_parts) override;
  bool inside_part() const noexcept override { return inside_frame_ || !frame_seen_; }
  Compression compression() const noexcept override { return Compression::zstd; }

  bool begin_frame(std::span<const char> piece, std::uint64_t offset);
  void end_frame() noexcept;
  std::string describe(std::size_t outcome) const;
  std::string describe_dictionary() const;
  std::uint64_t window_bytes() const noexcept;

  CodecSettings settings_;
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  std::size_t wanted_bytes_;  ///< What libzstd last asked for.
  bool inside_frame_ = false;
  bool frame_seen_ = false;
  bool output_waiting_ = false;  ///< The last call filled its output.
  std::uint64_t frame_offset_ = 0;

  /// The first bytes of the current frame.
  std::array<char, zstd_header_limit_bytes> head_{};
  std::size_t head_bytes_ = 0;
};

}  // namespace sluice
