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
class GzipDecoder final : public StateDecoder {
  enum class State : std::uint8_t { header, data, trailer, between, padding };

  void reset(bool behind_parts) override;
  bool inside_part() const noexcept override {
    return state_ != State::between && state_ != State::padding;
  }
  Compression compression() const noexcept override { return Compression::gzip; }

  // True: the state has changed, go on.
  bool run_state(Rest& rest) override;
  bool take_header(Rest& rest);
  bool take_data(Rest& rest);
  bool take_trailer(Rest& rest);
  bool leave_member(Rest& rest);
  bool skip_padding(Rest& rest);

  State state_ = State::header;
  std::uint64_t members_ = 0;
  std::uint64_t member_offset_ = 0;
  GzipHeaderParser header_;
  std::array<char, gzip_trailer_size_bytes> trailer_{};
  std::size_t trailer_bytes_ = 0;
  Inflater inflater_{Inflater::Checksum::crc32};
};

}  // namespace sluice
