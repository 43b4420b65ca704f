// Compression of one block of data into one independent part: a frame (zstd, lz4), member (gzip) or
// stream (bzip2, xz), here all called frames. Frames written one after the other are one valid
// stream, so several threads can compress one output. zlib and deflate have nothing of the kind,
// see stream_encoder.h.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "engine/base/result.h"
#include "stages/support/codec_settings.h"
#include "stages/support/compression.h"

namespace sluice {

/// Owns the working memory of one compressor, reused from frame to frame. One thread at a time:
/// make one for each thread. Equal input and level give equal bytes, whatever was encoded before,
/// on one machine type with one version of the libraries.
class FrameEncoder {
 public:
  FrameEncoder() = default;
  FrameEncoder(const FrameEncoder&) = delete;
  FrameEncoder& operator=(const FrameEncoder&) = delete;
  virtual ~FrameEncoder() = default;

  /// The size of `out` that encode() never finds too small for an input of this size.
  virtual std::size_t bound(std::size_t input_size_bytes) const noexcept = 0;

  /// Compresses `in` to the front of `out` as one whole frame with a checksum; returns its size. An
  /// empty `in` gives a valid frame without content: an output without data is that frame.
  /// ErrorCode::limit if `out` or the memory is too small, or a size does not fit the
  /// format's 32 bits.
  virtual Result<std::size_t> encode(std::string_view in, std::span<char> out) = 0;
};

/// Whether data of this compression can be made of frames.
bool has_frames(Compression compression) noexcept;

/// How much content a frame should have in an output that is made of frames of equal content: so
/// much that the output is at most 3 % larger than what the program of the format makes at this
/// level, and no more, as each frame has to be in memory at once. 0 for what has no frames.
std::size_t frame_content_size(Compression compression, int level) noexcept;

/// bad_config if the level is outside levels_of(compression).
Status check_level(Compression compression, int level);

/// bad_config if the level is outside levels_of(compression) or the compression has no frames.
///
/// All carry a checksum. Frames of zstd and lz4 carry their content size as well; gzip members
/// carry their own size, see gzip_format.h.
Result<std::unique_ptr<FrameEncoder>> make_frame_encoder(Compression compression, int level,
                                                         const CodecSettings& settings = {});

}  // namespace sluice
