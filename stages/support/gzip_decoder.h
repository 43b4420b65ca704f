// The gzip decoder (RFC 1952). See decoder.h for the contract.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "stages/support/decoder.h"
#include "stages/support/gzip_format.h"
#include "stages/support/inflater.h"

namespace sluice {

/// Decodes all members, empty ones too. Checks the CRC-32 and the length of each. Zero bytes behind
/// the last member are padding (tapes, preallocated files) and skipped; anything else there is the
/// error "trailing garbage", at its first byte.
class GzipDecoder final : public Decoder {
  enum class State : std::uint8_t { header, data, trailer, between, padding };

  /// The unused rest of the spans of one call.
  struct Rest {
    std::span<const char> in;
    std::span<char> out;
    bool at_part_end = false;
  };

  Step advance(std::span<const char> in, std::span<char> out) override;
  void reset(bool behind_parts) override;
  bool inside_part() const noexcept override {
    return state_ != State::between && state_ != State::padding;
  }
  Compression compression() const noexcept override { return Compression::gzip; }

  // Each works in its state as far as the spans allow. True: the state has changed, go on.
  bool take_header(Rest& rest);
  bool take_data(Rest& rest);
  bool take_trailer(Rest& rest);
  bool leave_member(Rest& rest);
  bool skip_padding(Rest& rest);

  bool run_state(Rest& rest);
  std::uint64_t offset_of(const Rest& rest) const noexcept;

  State state_ = State::header;
  std::uint64_t members_ = 0;
  std::uint64_t member_offset_ = 0;
  std::size_t call_in_bytes_ = 0;  ///< What the current call was given.
  GzipHeaderParser header_;
  std::array<char, gzip_trailer_size_bytes> trailer_{};
  std::size_t trailer_bytes_ = 0;
  Inflater inflater_{Inflater::Checksum::crc32};
};

}  // namespace sluice
