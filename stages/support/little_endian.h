// Numbers as formats store them, the lowest byte first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sluice {

/// The number in `bytes`, at most eight of them.
constexpr std::uint64_t read_little_endian(std::string_view bytes) noexcept {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    number = number << 8U | static_cast<std::uint8_t>(bytes[i]);
  }
  return number;
}

/// A number of four bytes.
constexpr std::uint32_t read_u32_le(const char* from) noexcept {
  return static_cast<std::uint32_t>(read_little_endian({from, 4}));
}

/// As many of the lowest bytes of `number` as `to` takes.
constexpr void write_little_endian(std::uint64_t number, std::span<char> to) noexcept {
  for (char& byte : to) {
    byte = static_cast<char>(number & 0xffU);
    number >>= 8U;
  }
}

}  // namespace sluice
