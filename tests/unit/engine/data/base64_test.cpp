#include "engine/data/base64.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace sluice {
namespace {

constexpr std::array alphabets{Base64Alphabet::standard, Base64Alphabet::url};

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

/// With bytes around the room that must not change.
struct Room {
  explicit Room(std::size_t room) : bytes(room + 2 * margin, '\x5A'), size(room) {}
  std::span<char> span() { return std::span(bytes).subspan(margin, size); }
  bool is_kept() const {
    return bytes.substr(0, margin) == std::string(margin, '\x5A') &&
           bytes.substr(margin + size) == std::string(margin, '\x5A');
  }

  static constexpr std::size_t margin = 64;
  std::string bytes;
  std::size_t size;
};

using Convert = Converted (*)(std::span<const char>, std::span<char>, Base64Alphabet,
                              SimdLevel) noexcept;

void expect_same(Convert convert, std::string_view in, std::size_t out_size) {
  for (const Base64Alphabet alphabet : alphabets) {
    Room plain(out_size);
    Room wide(out_size);
    const Converted one = convert(in, plain.span(), alphabet, SimdLevel::scalar);
    const Converted other = convert(in, wide.span(), alphabet, best_simd_level());
    ASSERT_EQ(one.consumed, other.consumed);
    ASSERT_EQ(one.produced, other.produced);
    ASSERT_TRUE(plain.is_kept());
    ASSERT_TRUE(wide.is_kept());
    ASSERT_EQ(std::string(plain.span().begin(),
                          plain.span().begin() + static_cast<std::ptrdiff_t>(one.produced)),
              std::string(wide.span().begin(),
                          wide.span().begin() + static_cast<std::ptrdiff_t>(other.produced)));
  }
}

TEST(Base64, EveryVariantEncodesTheSame) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string in = random_bytes(random, size);
    expect_same(encode_base64, in, size * 4 / 3 + random() % 8);
    expect_same(encode_base64, in, random() % (size * 4 / 3 + 1));
  }
}

TEST(Base64, EveryVariantDecodesTheSame) {
  std::mt19937 random(2);
  for (std::size_t round = 0; round < 2000; ++round) {
    const Base64Alphabet alphabet = alphabets[round % 2];
    const std::string bytes = random_bytes(random, random() % 150);
    std::string in(bytes.size() * 4 / 3 + 4, '\0');
    in.resize(encode_base64(bytes, in, alphabet).produced + random() % 4, 'A');
    if (!in.empty() && round % 3 == 0) in[random() % in.size()] = static_cast<char>(random());
    expect_same(decode_base64, in, in.size());
    expect_same(decode_base64, in, random() % (in.size() + 1));
  }
}

TEST(Base64, EachByteIsADigitOrNot) {
  for (const Base64Alphabet alphabet : alphabets) {
    for (int byte = 0; byte < 256; ++byte) {
      // In every place of a vector.
      for (std::size_t at = 0; at < 32; ++at) {
        std::string in(32, 'A');
        in[at] = static_cast<char>(byte);
        std::string out(64, '\0');
        const Converted done = decode_base64(in, out, alphabet);
        const bool is_digit = base64_digits(alphabet)[static_cast<std::size_t>(byte)] != not_base64;
        ASSERT_EQ(done.consumed, is_digit ? 32 : at / 4 * 4) << byte << " at " << at;
      }
    }
  }
  const auto count = [](Base64Alphabet alphabet) {
    return std::count_if(base64_digits(alphabet).begin(), base64_digits(alphabet).end(),
                         [](std::uint8_t value) { return value != not_base64; });
  };
  EXPECT_EQ(count(Base64Alphabet::standard), 64);
  EXPECT_EQ(count(Base64Alphabet::url), 64);
}

}  // namespace
}  // namespace sluice
