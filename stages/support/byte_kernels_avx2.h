// The inside of byte_kernels.h: its AVX2 variants, which leave what is less than a vector, and the
// vector that holds something that they do not know. Only its sources include this.
#pragma once

#include "stages/support/byte_kernels.h"

namespace sluice::byte_kernels {

Converted encode_hex_avx2(std::span<const char> in, std::span<char> out,
                          LetterCase digits) noexcept;
Converted decode_hex_avx2(std::span<const char> in, std::span<char> out) noexcept;
Converted copy_ascii_avx2(std::span<const char> in, std::span<char> out) noexcept;
Converted widen_ascii_avx2(std::span<const char> in, std::span<char> out, ByteOrder order) noexcept;
Converted narrow_ascii_avx2(std::span<const char> in, std::span<char> out,
                            ByteOrder order) noexcept;

}  // namespace sluice::byte_kernels
