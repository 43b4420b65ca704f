// Decodes whole parts of a compressed file at once: faster than the streaming Decoder, but without
// a word about what is wrong with a part.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "stages/support/codec_settings.h"
#include "stages/support/compression.h"

namespace sluice {

/// Owns the working memory of one decompressor, reused from part to part. One thread at a time.
class PartDecoder {
 public:
  PartDecoder() = default;
  PartDecoder(const PartDecoder&) = delete;
  PartDecoder& operator=(const PartDecoder&) = delete;
  virtual ~PartDecoder() = default;

  /// Decodes `in`, which is to be exactly one gzip member or zstd frame, to the front of `out`, and
  /// checks its checksums; answers the size. Nothing if `in` is damaged, is not exactly one part,
  /// or does not fit `out`; what `out` holds is then undefined, and a Decoder tells what is wrong.
  virtual std::optional<std::size_t> decode(std::span<const char> in, std::span<char> out) = 0;
};

/// Null for xz, whose Decoder is as fast. REQUIRES: `compression` is gzip, zstd or xz.
std::unique_ptr<PartDecoder> make_part_decoder(Compression compression,
                                               const CodecSettings& settings = {});

}  // namespace sluice
