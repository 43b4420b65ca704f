// The bzip2 decoder, on libbz2. See decoder.h for the contract.
#pragma once

#include <bzlib.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "stages/support/decoder.h"

namespace sluice {

/// Decodes all streams of the input, one behind the other, and checks the CRC-32 of each block and
/// of each stream. A block (at most 900 kB of content) is decoded when all of it is there. Needs
/// about 4 MB.
class Bzip2Decoder final : public Decoder {
 public:
  Bzip2Decoder() = default;
  ~Bzip2Decoder() override { leave_stream(); }

 private:
  Step advance(std::span<const char> in, std::span<char> out) override;
  void reset(bool behind_parts) override;
  bool inside_part() const noexcept override { return inside_stream_ || !stream_seen_; }
  Compression compression() const noexcept override { return Compression::bzip2; }

  int decompress(std::span<const char> in, std::span<char> out, Step& step);
  void write_before_damage(std::span<char> out, Step& step);
  bool enter_stream();
  void leave_stream() noexcept;
  void fail_with(int outcome, std::uint64_t offset);

  bz_stream stream_{};
  bool inside_stream_ = false;  ///< The library holds memory for stream_.
  bool stream_seen_ = false;    ///< One has ended.
  std::uint64_t stream_offset_ = 0;
};

}  // namespace sluice
