// What changes a stream of bytes into another one, behind one interface: decoders of compressions,
// encoders that cannot work in frames, encodings of bytes and texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "engine/base/result.h"
#include "stages/support/byte_encoding.h"
#include "stages/support/decoder.h"
#include "stages/support/dictionary_file.h"
#include "stages/support/stream_encoder.h"

namespace sluice {

/// Changes one stream, cut anywhere, into another, cut anywhere: the pieces have no influence on
/// the result, nor on the error. Memory is constant. One thread at a time.
///
/// What cannot be converted is an Error of code corrupt_input whose offset counts bytes from the
/// start of the stream. All in front of it is delivered before the error.
class StreamCoder {
 public:
  struct Step {
    std::size_t consumed = 0;  ///< Bytes taken from the front of `in`.
    std::size_t produced = 0;  ///< Bytes written to the front of `out`.
  };

  StreamCoder() = default;
  StreamCoder(const StreamCoder&) = delete;
  StreamCoder& operator=(const StreamCoder&) = delete;
  virtual ~StreamCoder() = default;

  /// Converts until `in` is used up or `out` is full. One that filled `out` may have left more to
  /// deliver, so call again, with an empty `in` if there is no more. REQUIRES: `out` is not empty.
  virtual Result<Step> convert(std::span<const char> in, std::span<char> out) = 0;

  /// At the end of the input: delivers what is left and what belongs behind it. To be called until
  /// it is done. REQUIRES: `out` is not empty.
  struct Last {
    std::size_t produced = 0;
    bool done = false;
  };
  virtual Result<Last> finish(std::span<char> out) = 0;
};

/// Of data in the given compression, or in the one its first bytes show (none: they pass).
/// `dictionary` is read when the first bytes come.
std::unique_ptr<StreamCoder> make_decompressor(std::optional<Compression> compression,
                                               std::unique_ptr<DictionaryFile> dictionary);

std::unique_ptr<StreamCoder> make_stream_compressor(std::unique_ptr<StreamEncoder> encoder);

/// Takes what make_byte_encoder and make_byte_decoder make.
std::unique_ptr<StreamCoder> make_stream_coder(std::unique_ptr<ByteCoder> coder);

}  // namespace sluice
