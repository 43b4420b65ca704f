#include "stages/support/byte_kernels.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "stages/support/byte_kernels_avx2.h"

namespace sluice {
namespace byte_kernels {
namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";

constexpr std::array<std::uint8_t, 256> values = [] {
  std::array<std::uint8_t, 256> all{};
  all.fill(not_hex);
  for (std::size_t i = 0; i < lower_digits.size(); ++i) {
    all[static_cast<unsigned char>(lower_digits[i])] = static_cast<std::uint8_t>(i);
    all[static_cast<unsigned char>(upper_digits[i])] = static_cast<std::uint8_t>(i);
  }
  return all;
}();

bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

Converted encode_hex_scalar(std::span<const char> in, std::span<char> out, LetterCase digits) {
  const std::string_view alphabet = digits == LetterCase::upper ? upper_digits : lower_digits;
  const std::size_t count = std::min(in.size(), out.size() / 2);
  for (std::size_t i = 0; i < count; ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    out[2 * i] = alphabet[byte >> 4U];
    out[2 * i + 1] = alphabet[byte & 15U];
  }
  return {count, 2 * count};
}

Converted decode_hex_scalar(std::span<const char> in, std::span<char> out) {
  const std::size_t count = std::min(in.size() / 2, out.size());
  std::size_t i = 0;
  for (; i < count; ++i) {
    const unsigned high = hex_value(in[2 * i]);
    const unsigned low = hex_value(in[2 * i + 1]);
    if ((high | low) > 15U) break;
    out[i] = static_cast<char>(high << 4U | low);
  }
  return {2 * i, i};
}

Converted copy_ascii_scalar(std::span<const char> in, std::span<char> out) {
  const std::size_t count = std::min(in.size(), out.size());
  std::size_t i = 0;
  for (; i < count && is_ascii(in[i]); ++i) out[i] = in[i];
  return {i, i};
}

Converted widen_ascii_scalar(std::span<const char> in, std::span<char> out, ByteOrder order) {
  const std::size_t low = order == ByteOrder::big ? 1 : 0;
  const std::size_t count = std::min(in.size(), out.size() / 2);
  std::size_t i = 0;
  for (; i < count && is_ascii(in[i]); ++i) {
    out[2 * i + low] = in[i];
    out[2 * i + 1 - low] = 0;
  }
  return {i, 2 * i};
}

Converted narrow_ascii_scalar(std::span<const char> in, std::span<char> out, ByteOrder order) {
  const std::size_t low = order == ByteOrder::big ? 1 : 0;
  const std::size_t count = std::min(in.size() / 2, out.size());
  std::size_t i = 0;
  for (; i < count && is_ascii(in[2 * i + low]) && in[2 * i + 1 - low] == 0; ++i) {
    out[i] = in[2 * i + low];
  }
  return {2 * i, i};
}

/// The wide kernel goes first, and the scalar one takes up what it leaves.
template <class Wide, class Scalar, class... Arguments>
Converted convert(SimdLevel level, Wide wide, Scalar scalar, std::span<const char> in,
                  std::span<char> out, Arguments... arguments) {
  Converted done;
  if (std::min(level, best_simd_level()) >= SimdLevel::avx2) done = wide(in, out, arguments...);
  const Converted rest =
      scalar(in.subspan(done.consumed), out.subspan(done.produced), arguments...);
  return {done.consumed + rest.consumed, done.produced + rest.produced};
}

}  // namespace

#if !defined(__x86_64__)
// There is no level that would choose these.
Converted encode_hex_avx2(std::span<const char>, std::span<char>, LetterCase) noexcept {
  return {};
}
Converted decode_hex_avx2(std::span<const char>, std::span<char>) noexcept { return {}; }
Converted copy_ascii_avx2(std::span<const char>, std::span<char>) noexcept { return {}; }
Converted widen_ascii_avx2(std::span<const char>, std::span<char>, ByteOrder) noexcept {
  return {};
}
Converted narrow_ascii_avx2(std::span<const char>, std::span<char>, ByteOrder) noexcept {
  return {};
}
#endif

}  // namespace byte_kernels

using namespace byte_kernels;

std::uint8_t hex_value(char digit) noexcept { return values[static_cast<unsigned char>(digit)]; }

Converted encode_hex(std::span<const char> in, std::span<char> out, LetterCase digits,
                     SimdLevel level) noexcept {
  return convert(level, encode_hex_avx2, encode_hex_scalar, in, out, digits);
}

Converted decode_hex(std::span<const char> in, std::span<char> out, SimdLevel level) noexcept {
  return convert(level, decode_hex_avx2, decode_hex_scalar, in, out);
}

Converted copy_ascii(std::span<const char> in, std::span<char> out, SimdLevel level) noexcept {
  return convert(level, copy_ascii_avx2, copy_ascii_scalar, in, out);
}

Converted widen_ascii(std::span<const char> in, std::span<char> out, ByteOrder order,
                      SimdLevel level) noexcept {
  return convert(level, widen_ascii_avx2, widen_ascii_scalar, in, out, order);
}

Converted narrow_ascii(std::span<const char> in, std::span<char> out, ByteOrder order,
                       SimdLevel level) noexcept {
  return convert(level, narrow_ascii_avx2, narrow_ascii_scalar, in, out, order);
}

}  // namespace sluice
