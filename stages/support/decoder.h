// Streaming decompression behind one interface, whatever the format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/base/result.h"
#include "stages/support/codec_settings.h"
#include "stages/support/compression.h"

namespace sluice {

/// Turns one compressed stream, cut anywhere, into its bytes, cut anywhere: the pieces have no
/// influence on the result. A stream is a sequence of parts (gzip members, frames of zstd and lz4,
/// streams of bzip2 and xz; zlib and deflate have one part only), which are decoded one after the
/// other. Memory is constant: at most the window of the format (32 KiB for gzip, zlib and deflate,
/// 128 MiB for zstd, 256 MiB for xz) or two of its blocks (4 MiB for lz4, 900 kB for bzip2). One
/// thread at a time.
///
/// Damage is an Error of code corrupt_input whose offset counts compressed bytes from the start of
/// the stream and whose message begins with the format: "gzip: checksum mismatch". All that was
/// decoded before the damage is delivered before the error; zstd, lz4 and bzip2 decode whole
/// blocks. Note that a checksum stands behind the data it covers: the bytes delivered before a
/// checksum error may be wrong.
class Decoder {
 public:
  struct Step {
    std::size_t consumed = 0;  ///< Bytes taken from the front of `in`.
    std::size_t produced = 0;  ///< Bytes written to the front of `out`.
    bool at_part_end = false;  ///< A part ended, checked, just behind these bytes.
  };

  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  /// Decodes until `in` (of at most 1 GiB a call) is used up, `out` is full, or a part ends. A call
  /// that filled `out` may have left more to deliver, so call again, with an empty `in` if there is
  /// no more. Otherwise, with bytes in both spans, each call makes progress or fails. An error is
  /// final: further calls return it again. REQUIRES: `out` is not empty.
  Result<Step> decode(std::span<const char> in, std::span<char> out);

  /// To be called at the end of the input, once nothing is left to deliver: an error if the stream
  /// ends inside a part, or has none, or was damaged.
  Status finish() const;

  /// Begins anew at the border between two parts (`behind_parts`) or at the start of the first one.
  /// `offset` compressed bytes are taken to lie in front, so that offsets in errors count from the
  /// same place. Keeps its memory for reuse.
  void restart(std::uint64_t offset, bool behind_parts);

  /// The same at a block inside a stream of xz whose check is of this kind; the block is then the
  /// next part. REQUIRES: it decodes xz.
  void restart_at_block(std::uint64_t offset, std::uint8_t check);

  /// Compressed bytes taken so far. Between parts this is exactly where the next one begins.
  std::uint64_t consumed() const noexcept { return consumed_; }

 protected:
  /// Makes the error that decode() reports once the bytes in front of it are delivered. The first
  /// one counts.
  void fail(std::string message, std::uint64_t offset);
  bool failed() const noexcept { return failure_.has_value(); }

 private:
  virtual Step advance(std::span<const char> in, std::span<char> out) = 0;
  virtual void reset(bool behind_parts) = 0;
  virtual void reset_at_block(std::uint8_t /*check*/) {}
  virtual bool inside_part() const noexcept = 0;
  virtual Compression compression() const noexcept = 0;

  std::uint64_t consumed_ = 0;
  std::optional<Error> failure_;
};

/// A decoder that goes from state to state: a header, data, a trailer.
class StateDecoder : public Decoder {
 protected:
  /// The unused rest of the spans of one call, and where in the stream it is.
  struct Rest {
    std::span<const char> in;
    std::span<char> out;
    std::uint64_t end_offset = 0;
    bool at_part_end = false;
    std::uint64_t offset() const noexcept { return end_offset - in.size(); }
  };

 private:
  Step advance(std::span<const char> in, std::span<char> out) final;
  /// Works in its state as far as the spans allow. True: the state has changed, go on.
  virtual bool run_state(Rest& rest) = 0;
};

/// Adds to a decoder's error how much content lies in front of the damage: `content` bytes, counted
/// from the start of the stream or from the part that is stored at byte `part`.
Error behind_content(Error error, std::uint64_t content, std::optional<std::uint64_t> part = {});

/// A decoder at the start of a stream. With Compression::none it copies; never null.
std::unique_ptr<Decoder> make_decoder(Compression compression, const CodecSettings& settings = {});

}  // namespace sluice
