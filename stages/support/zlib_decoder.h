// The decoder of zlib streams (RFC 1950) and of raw deflate (RFC 1951). See decoder.h for the
// contract.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "stages/support/decoder.h"
#include "stages/support/inflater.h"

namespace sluice {

/// Either format is one stream: whatever follows is the error "trailing garbage". The Adler-32 of a
/// zlib stream is checked; raw deflate has no checksum, so that damage may go unnoticed. Streams
/// with a preset dictionary are errors.
class ZlibDecoder final : public StateDecoder {
 public:
  /// `compression` is zlib or deflate.
  explicit ZlibDecoder(Compression compression);

 private:
  enum class State : std::uint8_t { header, data, trailer, ended };

  void reset(bool behind_parts) override;
  bool inside_part() const noexcept override { return state_ != State::ended; }
  Compression compression() const noexcept override { return compression_; }

  // True: the state has changed, go on.
  bool run_state(Rest& rest) override;
  bool take_header(Rest& rest);
  bool take_data(Rest& rest);
  bool take_trailer(Rest& rest);
  std::size_t trailer_size_bytes() const noexcept;

  Compression compression_;
  State state_ = State::header;
  std::array<std::uint8_t, 2> header_{};
  std::size_t header_bytes_ = 0;
  std::array<char, 8> trailer_{};  ///< And what was read ahead of it.
  std::size_t trailer_bytes_ = 0;
  Inflater inflater_;
};

}  // namespace sluice
