// The arithmetic of base64 (RFC 4648, sections 4 and 5): whole groups of three bytes and four
// digits, and the short group at an end. Padding and what may stand between digits is up to
// callers.
//
// Scalar and AVX2 variants with identical results; `level` chooses as in scan.h. No byte outside
// the spans is read or written. Stateless.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/cpu.h"

namespace sluice {

enum class Base64Alphabet : bool {
  standard,  ///< With `+` and `/`.
  url,       ///< With `-` and `_`.
};

/// How far a conversion came.
struct Converted {
  std::size_t consumed = 0;  ///< Bytes taken from the front of `in`.
  std::size_t produced = 0;  ///< Bytes written to the front of `out`.
};

/// Groups of three bytes become four digits, for as long as `in` has and `out` takes whole ones.
Converted encode_base64(std::span<const char> in, std::span<char> out, Base64Alphabet alphabet,
                        SimdLevel level = best_simd_level()) noexcept;

/// Groups of four digits become three bytes, for as long as `in` has nothing else and `out` takes
/// them.
Converted decode_base64(std::span<const char> in, std::span<char> out, Base64Alphabet alphabet,
                        SimdLevel level = best_simd_level()) noexcept;

/// The two digits of one byte, or the three of two, whose unused bits are zero. Answers how many.
/// REQUIRES: in.size() is 1 or 2, out.size() >= 3.
std::size_t encode_base64_end(std::span<const char> in, std::span<char> out,
                              Base64Alphabet alphabet) noexcept;

/// The value of a digit, from 0 to 63; not_base64 of any other byte.
using Base64Digits = std::array<std::uint8_t, 256>;
inline constexpr std::uint8_t not_base64 = 0xFF;
const Base64Digits& base64_digits(Base64Alphabet alphabet) noexcept;

}  // namespace sluice
