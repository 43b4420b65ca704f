// The deflate data (RFC 1951) inside gzip members, zlib streams and raw deflate streams, decoded by
// ISA-L's inflate. What is around the data is the business of the decoder.
#pragma once

#include <isa-l/igzip_lib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// Decodes one deflate stream after another. The object is large (two states of inflate of about 90
/// KiB): keep it on the heap.
class Inflater {
 public:
  enum class Checksum : std::uint8_t { none, crc32, adler32 };

  explicit Inflater(Checksum checksum);

  /// The next bytes are the start of a deflate stream.
  void begin();

  enum class Outcome : std::uint8_t {
    more,     ///< `in` is used up or `out` is full.
    ended,    ///< The stream has ended and is delivered. See read_ahead().
    damaged,  ///< All in front of the damage is delivered. See damage().
  };

  /// Decodes from the front of `in` to the front of `out` and shortens both. Once it has answered
  /// `ended` or `damaged`, it is not to be called before begin().
  Outcome inflate(std::span<const char>& in, std::span<char>& out);

  /// Bytes that were taken from the input, but lie behind the damage or the stream's end.
  std::size_t read_ahead_bytes() const noexcept;
  /// At most 8 bytes are read ahead. Those behind the stream's end: writes them to the front of
  /// `to` and answers how many they are.
  std::size_t read_ahead(std::span<char, 8> to) const noexcept;

  std::string_view damage() const noexcept { return damage_; }
  /// Of all that was delivered since begin().
  std::uint32_t checksum() const noexcept { return state_.crc; }
  /// Modulo 2^32.
  std::uint32_t size_bytes() const noexcept { return size_bytes_; }

 private:
  struct Spans {
    std::span<const char> in;
    std::span<char> out;
  };

  int inflate_piece(Spans& spans);
  Outcome deliver_before_damage(std::span<char>& out);
  void save_checkpoint();
  void return_to_checkpoint();

  std::uint32_t checksum_flag_;
  bool found_damage_ = false;
  std::uint32_t size_bytes_ = 0;
  std::uint32_t checkpoint_size_bytes_ = 0;
  std::size_t piece_limit_bytes_ = 0;
  std::string_view damage_;
  inflate_state state_;
  inflate_state checkpoint_;  ///< As before the current piece; only the used part is kept.
};

}  // namespace sluice
