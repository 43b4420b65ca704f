// Which compressions sluice reads and writes, how they are told apart, and their levels.
// Formats: gzip is RFC 1952, zstd is RFC 8878.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

enum class Compression : std::uint8_t { none, gzip, zstd };

/// "none", "gzip", "zstd".
std::string_view name_of(Compression compression) noexcept;

/// The levels an encoder takes, and the one it uses when the user names none.
struct LevelRange {
  int lowest;
  int highest;
  int standard;
};

/// Levels of gzip are those of gzip(1), levels of zstd those of zstd(1) without --ultra and --fast:
/// both ends of the range that cost unreasonably much memory or size are left out.
constexpr LevelRange levels_of(Compression compression) noexcept {
  switch (compression) {
    case Compression::gzip:
      return {1, 9, 6};
    case Compression::zstd:
      return {1, 19, 3};
    case Compression::none:
      break;
  }
  return {0, 0, 0};
}

/// So many first bytes always tell how a stream is compressed; one usually does.
inline constexpr std::size_t detection_bytes = 4096;

/// How a stream is compressed, judged by its first bytes; nothing while they are too few to tell.
/// Four bytes always tell, one usually does.
std::optional<Compression> try_detect(std::string_view first_bytes) noexcept;

/// The same when no more bytes will come: what is too short to be anything else is plain.
Compression detect(std::string_view first_bytes) noexcept;

/// By the end of a file name: .gz .gzip .zst .zstd, in any case.
Compression from_path(std::string_view path) noexcept;

}  // namespace sluice
