// Compression into one stream from start to end, for the formats that are not made of frames: zlib
// (RFC 1950) and raw deflate (RFC 1951).
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <span>

#include "engine/base/result.h"
#include "stages/support/compression.h"

namespace sluice {

/// One stream, on zlib. Its bytes depend on the content and the level alone, not on how either was
/// cut. Memory is constant, about 256 KiB. One thread at a time.
class StreamEncoder {
 public:
  /// bad_config if the level is outside levels_of(compression) or the compression is neither zlib
  /// nor deflate.
  static Result<std::unique_ptr<StreamEncoder>> make(Compression compression, int level);

  StreamEncoder(const StreamEncoder&) = delete;
  StreamEncoder& operator=(const StreamEncoder&) = delete;
  ~StreamEncoder() { deflateEnd(&state_); }

  struct Step {
    std::size_t consumed = 0;  ///< Bytes taken from the front of `in`.
    std::size_t produced = 0;  ///< Bytes written to the front of `out`.
    bool ended = false;        ///< The stream is complete.
  };

  /// Takes bytes until `in` is used up or `out` is full. REQUIRES: finish() was not called.
  Result<Step> encode(std::span<const char> in, std::span<char> out);

  /// Writes what is left of the stream; to be called until it has ended. A stream without content
  /// is valid, too. REQUIRES: `out` is not empty.
  Result<Step> finish(std::span<char> out);

 private:
  StreamEncoder() = default;

  Result<Step> advance(std::span<const char> in, std::span<char> out, int flush);

  z_stream state_{};
};

}  // namespace sluice
