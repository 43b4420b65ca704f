// Encodings of bytes and texts, in pieces and in both directions behind one interface: base64, hex,
// percent (RFC 4648, RFC 3986), UTF-8, UTF-16, Latin-1.
//
// Not to be confused with the encodings of records (encoding.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"
#include "engine/stage/option.h"
#include "stages/support/byte_kernels.h"
#include "stages/support/text_validity.h"

namespace sluice {

enum class ByteEncoding : std::uint8_t {
  utf8,
  utf16le,
  utf16be,
  latin1,
  hex,
  base64,
  base64url,
  percent,
};

template <>
struct EnumNames<ByteEncoding> {
  static constexpr std::array<std::pair<std::string_view, ByteEncoding>, 8> names{
      {{"utf8", ByteEncoding::utf8},
       {"utf16le", ByteEncoding::utf16le},
       {"utf16be", ByteEncoding::utf16be},
       {"latin1", ByteEncoding::latin1},
       {"hex", ByteEncoding::hex},
       {"base64", ByteEncoding::base64},
       {"base64url", ByteEncoding::base64url},
       {"percent", ByteEncoding::percent}}};
};

/// True of encodings of text, false of those that take any bytes.
constexpr bool encodes_text(ByteEncoding encoding) noexcept {
  return encoding <= ByteEncoding::latin1;
}

/// An encoding and what there is to choose about it.
struct ByteCoding {
  ByteEncoding encoding = ByteEncoding::utf8;

  /// Decoding hex, base64 and base64url: blanks and line ends may stand anywhere. Base64 may also
  /// have digits of either alphabet, padding that is cut, bits set that belong to no byte, and
  /// further digits behind padding. In percent a `%` without two digits stands for itself.
  bool is_lenient = false;
  /// Encoding base64 and base64url. Decoding takes it with all of its padding or none.
  bool has_padding = true;
  /// Encoding hex.
  LetterCase digits = LetterCase::lower;

  /// Encodings of text: what becomes of bytes that are no text, and of characters that Latin-1 has
  /// not. A replacement is U+FFFD for each byte that is not part of a character or, in UTF-16, for
  /// each unit; in Latin-1 it is `?`.
  InvalidUtf8 invalid = InvalidUtf8::fail;
  /// Encodings of Unicode: the text begins with a byte order mark, one and no more, when it is
  /// encoded; it keeps the one it has when it is decoded, and loses it otherwise.
  bool has_byte_order_mark = false;

  SimdLevel level = best_simd_level();
};

/// Encodes or decodes one stream, cut anywhere, into its bytes, cut anywhere: the pieces have no
/// influence on the result, nor on the error. Memory is constant, a few bytes. One thread at a
/// time.
///
/// What cannot be converted is an Error of code corrupt_input whose offset counts bytes from the
/// start of the stream and whose message begins with the encoding: "hex: no hex digit". All in
/// front of it is delivered before the error.
class ByteCoder {
 public:
  /// What an output has room for at least.
  static constexpr std::size_t least_room = 32;

  ByteCoder(const ByteCoder&) = delete;
  ByteCoder& operator=(const ByteCoder&) = delete;
  virtual ~ByteCoder() = default;

  /// Converts until `in` is used up or less than least_room is left of `out`. What is cut by the
  /// end of `in` is taken and remembered. An error is final: further calls return it again.
  /// REQUIRES: out.size() >= least_room.
  Result<Converted> convert(std::span<const char> in, std::span<char> out);

  /// To be called once at the end of the input: writes what is left to write and answers how much
  /// that is, or an error if the input ends within something. REQUIRES: out.size() >= least_room.
  Result<std::size_t> finish(std::span<char> out);

  /// Begins anew, as at the start of a stream.
  void restart();

  /// Room in which one convert() takes `input` bytes, and finish() all that is left.
  std::size_t bound(std::size_t input) const noexcept;

  /// Bytes taken so far.
  std::uint64_t consumed() const noexcept { return consumed_; }

 protected:
  /// So many bytes become of so many, at most.
  struct Growth {
    std::size_t out = 1;
    std::size_t in = 1;
  };
  ByteCoder(ByteEncoding encoding, Growth growth) : encoding_(encoding), growth_(growth) {}

  /// Makes the error that the call at hand or the next one reports.
  void fail(std::string message, std::uint64_t offset);
  bool failed() const noexcept { return failure_.has_value(); }

 private:
  /// Converts whole units for as long as they are right and quick to convert; perhaps nothing.
  virtual Converted convert_run(std::span<const char> in, std::span<char> out) = 0;
  /// Takes the next byte, whatever it is, which stands at consumed(). Answers how much it wrote.
  virtual std::size_t convert_byte(char byte, char* out) = 0;
  virtual std::size_t convert_end(char* out) = 0;
  virtual void reset() = 0;

  ByteEncoding encoding_;
  Growth growth_;
  std::uint64_t consumed_ = 0;
  std::optional<Error> failure_;
};

/// Never null.
std::unique_ptr<ByteCoder> make_byte_encoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_byte_decoder(const ByteCoding& coding);

}  // namespace sluice
