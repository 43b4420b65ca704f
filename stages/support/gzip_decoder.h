// The gzip decoder (RFC 1952), on ISA-L's inflate. See decoder.h for the contract.
#pragma once

#include <isa-l/igzip_lib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stages/support/decoder.h"
#include "stages/support/gzip_format.h"

namespace sluice {

/// Decodes all members, empty ones too. Checks the CRC-32 and the length of each. Zero bytes behind
/// the last member are padding (tapes, preallocated files) and skipped; anything else there is the
/// error "trailing garbage", at its first byte.
///
/// The object is large (two states of inflate of about 90 KiB): keep it on the heap.
class GzipDecoder final : public Decoder {
 public:
  GzipDecoder();

 private:
  enum class State : std::uint8_t { header, data, damaged, trailer, between, padding };

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
  bool deliver_before_damage(Rest& rest);
  bool take_trailer(Rest& rest);
  bool leave_member(Rest& rest);
  bool skip_padding(Rest& rest);

  bool run_state(Rest& rest);
  int inflate_piece(Rest& rest);
  void save_checkpoint();
  void return_to_checkpoint();
  void begin_data();
  void begin_trailer();
  std::uint64_t offset_of(const Rest& rest) const noexcept;

  State state_ = State::header;
  std::uint64_t members_ = 0;
  std::uint64_t member_offset_ = 0;
  std::uint32_t data_size_bytes_ = 0;  ///< Of the current member, modulo 2^32 as gzip stores it.
  std::uint32_t checkpoint_data_size_bytes_ = 0;
  std::size_t piece_limit_bytes_ = 0;
  std::size_t call_in_bytes_ = 0;  ///< What the current call was given.
  std::string_view damage_;
  GzipHeaderParser header_;
  std::array<char, gzip_trailer_size_bytes> trailer_{};
  std::size_t trailer_bytes_ = 0;
  inflate_state inflate_;
  inflate_state checkpoint_;  ///< As before the current piece; only the used part is kept.
};

}  // namespace sluice
