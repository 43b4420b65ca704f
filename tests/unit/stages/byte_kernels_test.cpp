#include "stages/support/byte_kernels.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sluice {
namespace {

/// `convert(in, out, level)` does the same at every level, and keeps to the room.
template <class Convert>
void expect_same(const std::string& in, std::size_t out_size, Convert convert) {
  constexpr std::size_t margin = 64;
  std::string plain(out_size + margin, '\x5A');
  std::string wide = plain;
  const Converted one = convert(in, std::span(plain).first(out_size), SimdLevel::scalar);
  const Converted other = convert(in, std::span(wide).first(out_size), best_simd_level());
  ASSERT_EQ(one.consumed, other.consumed);
  ASSERT_EQ(one.produced, other.produced);
  ASSERT_EQ(plain.substr(0, one.produced), wide.substr(0, one.produced));
  ASSERT_EQ(plain.substr(out_size), std::string(margin, '\x5A'));
  ASSERT_EQ(wide.substr(out_size), std::string(margin, '\x5A'));
}

void expect_same_of_all(const std::string& in, std::size_t out_size) {
  for (const LetterCase digits : {LetterCase::lower, LetterCase::upper}) {
    expect_same(in, out_size, [&](auto from, auto to, SimdLevel level) {
      return encode_hex(from, to, digits, level);
    });
  }
  expect_same(in, out_size,
              [](auto from, auto to, SimdLevel level) { return decode_hex(from, to, level); });
  expect_same(in, out_size,
              [](auto from, auto to, SimdLevel level) { return copy_ascii(from, to, level); });
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    expect_same(in, out_size, [&](auto from, auto to, SimdLevel level) {
      return widen_ascii(from, to, order, level);
    });
    expect_same(in, out_size, [&](auto from, auto to, SimdLevel level) {
      return narrow_ascii(from, to, order, level);
    });
  }
}

TEST(ByteKernels, EveryVariantDoesTheSame) {
  std::mt19937 random(1);
  const std::string_view digits = "0123456789abcdefABCDEF";
  for (int round = 0; round < 3000; ++round) {
    std::string in(random() % 200, '\0');
    for (std::size_t i = 0; i < in.size(); ++i) {
      // Hex digits, ASCII, UTF-16 in either order, any bytes.
      const bool is_zero = round % 5 == 2 ? i % 2 == 0 : round % 5 == 3 && i % 2 == 1;
      in[i] = static_cast<char>(round % 5 == 0   ? digits[random() % digits.size()]
                                : is_zero        ? 0
                                : round % 5 == 4 ? random() % 256
                                                 : random() % 128);
    }
    if (!in.empty() && round % 2 == 0) in[random() % in.size()] = static_cast<char>(random());
    expect_same_of_all(in, 2 * in.size() + random() % 8);
    expect_same_of_all(in, random() % (2 * in.size() + 1));
  }
}

TEST(ByteKernels, EachByteIsAHexDigitOrNot) {
  int digits = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_digit = hex_value(static_cast<char>(byte)) != not_hex;
    digits += is_digit ? 1 : 0;
    for (std::size_t at = 0; at < 64; ++at) {
      std::string in(64, '0');
      in[at] = static_cast<char>(byte);
      std::string out(32, '\0');
      ASSERT_EQ(decode_hex(in, out).consumed, is_digit ? 64 : at / 2 * 2) << byte << " at " << at;
    }
  }
  EXPECT_EQ(digits, 22);
}

}  // namespace
}  // namespace sluice
