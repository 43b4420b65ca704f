// The bytes that compressed data begins with, and looking for them in data that is not all there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace sluice {

inline constexpr std::string_view gzip_magic = "\x1f\x8b\x08";
inline constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";
inline constexpr std::string_view lz4_magic = "\x04\x22\x4d\x18";
inline constexpr std::string_view xz_magic{"\xfd\x37\x7a\x58\x5a\x00", 6};

/// True when `bytes` begin with `magic`, as far as they go.
constexpr bool may_begin_with(std::string_view bytes, std::string_view magic) noexcept {
  const auto shared = std::min(bytes.size(), magic.size());
  return bytes.substr(0, shared) == magic.substr(0, shared);
}

/// The same for the skippable frames of zstd and lz4: 50..5f 2a 4d 18.
constexpr bool may_begin_skippable(std::string_view bytes) noexcept {
  return bytes.empty() || ((static_cast<std::uint8_t>(bytes[0]) & 0xf0U) == 0x50 &&
                           may_begin_with(bytes.substr(1), "\x2a\x4d\x18"));
}

}  // namespace sluice
