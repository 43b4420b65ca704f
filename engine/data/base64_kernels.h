// The inside of base64.h. Only the base64 sources include this.
#pragma once

#include "engine/data/base64.h"

namespace sluice::base64_detail {

Converted encode_scalar(std::span<const char> in, std::span<char> out,
                        Base64Alphabet alphabet) noexcept;
Converted decode_scalar(std::span<const char> in, std::span<char> out,
                        Base64Alphabet alphabet) noexcept;

#if defined(__x86_64__)
// These leave what is less than a vector, and whatever holds a byte that is no digit.
Converted encode_avx2(std::span<const char> in, std::span<char> out,
                      Base64Alphabet alphabet) noexcept;
Converted decode_avx2(std::span<const char> in, std::span<char> out,
                      Base64Alphabet alphabet) noexcept;
#endif

}  // namespace sluice::base64_detail
