#include "stages/support/zstd_format.h"

#include <algorithm>
#include <array>

#include "stages/support/little_endian.h"
#include "stages/support/magic_numbers.h"

namespace sluice {
namespace {

constexpr std::uint64_t block_limit_bytes = std::uint64_t{128} << 10U;

}  // namespace

std::uint64_t ZstdFrameHeader::block_limit() const noexcept {
  return std::min(window, block_limit_bytes);
}

std::optional<ZstdFrameHeader> read_zstd_header(std::string_view bytes) noexcept {
  constexpr std::array<std::size_t, 4> dictionary_bytes = {0, 1, 2, 4};
  constexpr std::uint8_t reserved_bit = 0x08;
  if (bytes.size() <= zstd_magic.size() || !bytes.starts_with(zstd_magic)) return std::nullopt;
  const auto descriptor = static_cast<std::uint8_t>(bytes[zstd_magic.size()]);
  if ((descriptor & reserved_bit) != 0) return std::nullopt;

  const bool single_segment = (descriptor & 0x20U) != 0;
  const unsigned size_flag = descriptor >> 6U;
  const bool has_content = single_segment || size_flag > 0;
  const std::size_t content_bytes = has_content ? std::size_t{1} << size_flag : 0;
  const std::size_t window_at = zstd_magic.size() + 1;
  const std::size_t dictionary_at = window_at + (single_segment ? 0 : 1);
  const std::size_t content_at = dictionary_at + dictionary_bytes[descriptor & 3U];

  ZstdFrameHeader header;
  header.size = content_at + content_bytes;
  if (bytes.size() < header.size) return std::nullopt;
  header.checksum = (descriptor & 0x04U) != 0;
  header.dictionary = static_cast<std::uint32_t>(
      read_little_endian(bytes.substr(dictionary_at, content_at - dictionary_at)));
  if (has_content) {
    // Two bytes count from 256: what fits one byte needs no two.
    header.content = read_little_endian(bytes.substr(content_at, content_bytes)) +
                     (content_bytes == 2 ? 256 : 0);
  }
  if (single_segment) {
    header.window = *header.content;
  } else {
    const auto window = static_cast<std::uint8_t>(bytes[window_at]);
    const std::uint64_t base = std::uint64_t{1} << (10U + (window >> 3U));
    header.window = base + base / 8 * (window & 7U);
  }
  return header;
}

std::optional<std::uint64_t> skippable_frame_size(std::string_view bytes) noexcept {
  if (bytes.size() < zstd_skippable_header_bytes) return std::nullopt;
  if (!may_begin_skippable(bytes)) return std::nullopt;
  return zstd_skippable_header_bytes + read_little_endian(bytes.substr(4, 4));
}

std::optional<ZstdBlockHeader> read_zstd_block(std::string_view bytes,
                                               std::uint64_t block_limit) noexcept {
  enum Type : std::uint8_t { raw, rle, compressed, reserved };
  const std::uint64_t number = read_little_endian(bytes.substr(0, zstd_block_header_bytes));
  const auto size = static_cast<std::size_t>(number >> 3U);
  const auto type = static_cast<Type>(number >> 1U & 3U);
  if (type == reserved || size > block_limit) return std::nullopt;
  ZstdBlockHeader block;
  block.last = (number & 1U) != 0;
  block.stored = type == rle ? 1 : size;
  block.content = type == compressed ? static_cast<std::size_t>(block_limit) : size;
  return block;
}

}  // namespace sluice
