// The fast parts of byte encodings (byte_coder.h): hex digits, and runs of ASCII between UTF-8,
// Latin-1 and UTF-16. Each converts from the front of `in` for as long as there is what it knows
// and `out` takes it.
//
// Scalar and AVX2 variants with identical results; `level` chooses as in scan.h. No byte outside
// the spans is read or written. Stateless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/cpu.h"
#include "engine/data/base64.h"

namespace sluice {

enum class LetterCase : bool { lower, upper };
enum class ByteOrder : bool { little, big };

/// Two digits of each byte.
Converted encode_hex(std::span<const char> in, std::span<char> out, LetterCase digits,
                     SimdLevel level = best_simd_level()) noexcept;
/// A byte of each two digits, in either case.
Converted decode_hex(std::span<const char> in, std::span<char> out,
                     SimdLevel level = best_simd_level()) noexcept;
/// The value of a hex digit, from 0 to 15; not_hex of any other byte.
std::uint8_t hex_value(char digit) noexcept;
inline constexpr std::uint8_t not_hex = 0xFF;

/// ASCII as it is.
Converted copy_ascii(std::span<const char> in, std::span<char> out,
                     SimdLevel level = best_simd_level()) noexcept;
/// ASCII to UTF-16, two bytes of each.
Converted widen_ascii(std::span<const char> in, std::span<char> out, ByteOrder order,
                      SimdLevel level = best_simd_level()) noexcept;
/// ASCII in UTF-16 to one byte of each two.
Converted narrow_ascii(std::span<const char> in, std::span<char> out, ByteOrder order,
                       SimdLevel level = best_simd_level()) noexcept;

}  // namespace sluice
