// Which bytes of a text belong to which ranges, as bit masks: the first step of a search for many
// things at once, whose second step is arithmetic on 64 positions at a time.
//
// Scalar, AVX2 and AVX-512BW variants with identical results; `level` chooses as in scan.h. No byte
// outside the text is read. Stateless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/cpu.h"

namespace sluice {

/// The bytes b with low <= (b | fold) <= low + span. With fold = 0x20 an ASCII letter stands for
/// both of its cases (and `@ [ \ ] ^` for their neighbours 0x20 above).
struct ByteRange {
  std::uint8_t low = 0;
  std::uint8_t span = 0;
  std::uint8_t fold = 0;

  static constexpr ByteRange only(char byte) noexcept {
    return {static_cast<std::uint8_t>(byte), 0, 0};
  }
  /// REQUIRES: a small letter.
  static constexpr ByteRange either_case(char letter) noexcept {
    return {static_cast<std::uint8_t>(letter), 0, 0x20};
  }
  static constexpr ByteRange between(char low, char high) noexcept {
    return {static_cast<std::uint8_t>(low), static_cast<std::uint8_t>(high - low), 0};
  }
};

/// How many masks per range a text has.
constexpr std::size_t mask_count(std::size_t text_bytes) noexcept { return (text_bytes + 63) / 64; }

/// Bit i of masks[b * ranges.size() + r] says whether byte 64 * b + i of `text` is in ranges[r].
/// Bits behind the end are 0. REQUIRES: masks.size() >= mask_count(text.size()) * ranges.size().
void mark_bytes(std::string_view text, std::span<const ByteRange> ranges,
                std::span<std::uint64_t> masks, SimdLevel level = best_simd_level()) noexcept;

}  // namespace sluice
