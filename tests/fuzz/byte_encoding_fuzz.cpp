// libFuzzer target: whatever the bytes, coding in pieces gives what coding at once gives, at every
// SIMD level, within its bound; and what was encoded is decoded to what it was.
//
// The first byte of the input picks the encoding (bits 0-2) and the options (bits 3-7), the second
// one the sizes of the pieces (bits 0-2 input, bits 3-5 output); the rest is to be coded.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "stages/support/byte_encoding.h"

namespace {

using namespace sluice;

struct Outcome {
  std::string bytes;
  std::string error;
  std::uint64_t offset = 0;

  bool operator==(const Outcome&) const = default;
};

void require(bool condition) {
  if (!condition) std::abort();
}

void set_error(Outcome& outcome, const Error& error, std::size_t size) {
  require(error.code == ErrorCode::corrupt_input && error.offset.has_value());
  require(*error.offset <= size);
  outcome.error = error.message;
  outcome.offset = *error.offset;
}

Outcome convert(ByteCoder& coder, std::string_view input, std::size_t in_piece,
                std::size_t out_piece) {
  Outcome outcome;
  const std::size_t size = input.size();
  while (!input.empty()) {
    // A piece of its own, so that reading beyond it is seen.
    const std::string in(input.substr(0, in_piece));
    std::string out(out_piece, '\0');
    const auto step = coder.convert(in, out);
    if (!step) {
      set_error(outcome, step.error(), size);
      return outcome;
    }
    const auto [consumed, produced] = step.value();
    require(consumed <= in.size() && produced <= out.size());
    outcome.bytes.append(out, 0, produced);
    input.remove_prefix(consumed);
  }
  std::string out(ByteCoder::least_room, '\0');
  if (const auto end = coder.finish(out); end) {
    outcome.bytes.append(out, 0, end.value());
  } else {
    set_error(outcome, end.error(), size);
  }
  return outcome;
}

template <class Make>
Outcome check(Make make, const ByteCoding& coding, std::string_view input, unsigned pieces) {
  constexpr std::array<std::size_t, 8> lengths = {1, 2, 3, 7, 64, 500, 4096, 70'000};
  const auto coder = make(coding);
  const std::size_t bound = coder->bound(input.size());
  const Outcome whole = convert(*coder, input, std::max<std::size_t>(1, input.size()), bound);
  require(whole.bytes.size() <= bound - ByteCoder::least_room);
  const std::size_t in_piece = lengths[pieces & 7U];
  const std::size_t out_piece = ByteCoder::least_room + lengths[pieces >> 3U & 7U];
  ByteCoding scalar = coding;
  scalar.level = SimdLevel::scalar;
  require(convert(*make(coding), input, in_piece, out_piece) == whole);
  require(convert(*make(scalar), input, in_piece, out_piece) == whole);
  return whole;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  ByteCoding coding;
  coding.encoding = static_cast<ByteEncoding>(data[0] & 7U);
  coding.is_lenient = (data[0] >> 3U & 1U) != 0;
  coding.has_byte_order_mark = (data[0] >> 4U & 1U) != 0;
  coding.has_padding = (data[0] >> 5U & 1U) != 0;
  coding.digits = static_cast<LetterCase>(data[0] >> 5U & 1U);
  coding.invalid = static_cast<InvalidUtf8>((data[0] >> 6U) % 3U);
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);

  check(make_byte_decoder, coding, input, data[1]);
  const Outcome encoded = check(make_byte_encoder, coding, input, data[1]);
  if (!encoded.error.empty()) return 0;
  const Outcome decoded = check(make_byte_decoder, coding, encoded.bytes, data[1]);
  require(decoded.error.empty());
  const bool is_kept = !encodes_text(coding.encoding) ||
                       (coding.invalid == InvalidUtf8::fail && !coding.has_byte_order_mark &&
                        !input.starts_with("\xEF\xBB\xBF"));
  if (is_kept) require(decoded.bytes == input);
  return 0;
}
