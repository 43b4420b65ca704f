// Which compressions sluice reads and writes, how they are told apart, and their levels.
// Formats: gzip is RFC 1952, zlib RFC 1950, (raw) deflate RFC 1951, zstd RFC 8878; lz4 is the LZ4
// frame format, bzip2 and xz are what the programs of these names write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

enum class Compression : std::uint8_t { none, gzip, zstd, lz4, bzip2, xz, zlib, deflate };

/// As the enumerators are called.
std::string_view name_of(Compression compression) noexcept;

/// The levels an encoder takes, and the one it uses when the user names none.
struct LevelRange {
  int lowest;
  int highest;
  int standard;
};

/// Levels are those of the programs gzip(1), pigz(1) for zlib and deflate, zstd(1) without --ultra
/// and --fast, lz4(1), bzip2(1) and xz(1). Those of zstd that are left out cost unreasonably much
/// memory or size.
constexpr LevelRange levels_of(Compression compression) noexcept {
  switch (compression) {
    case Compression::gzip:
    case Compression::zlib:
    case Compression::deflate:
      return {1, 9, 6};
    case Compression::zstd:
      return {1, 19, 3};
    case Compression::lz4:
      return {1, 12, 1};
    case Compression::bzip2:
      return {1, 9, 9};
    case Compression::xz:
      return {0, 9, 6};
    case Compression::none:
      break;
  }
  return {0, 0, 0};
}

/// So many first bytes always tell how a stream is compressed; one usually does. More than a few
/// are only looked at behind skippable frames.
inline constexpr std::size_t detection_bytes = 4096;

/// How a stream is compressed, judged by its first bytes; nothing while they are too few to tell.
/// Never zlib or deflate, which begin like anything.
///
/// Skippable frames are shared by zstd and lz4: what follows them decides, or zstd if that is out
/// of sight.
std::optional<Compression> try_detect(std::string_view first_bytes) noexcept;

/// The same when no more bytes will come: what is too short to be anything else is plain.
Compression detect(std::string_view first_bytes) noexcept;

/// By the end of a file name, in any case: .gz .gzip .bgz .zst .zstd .lz4 .bz2 .xz, and .zz for
/// zlib.
Compression from_path(std::string_view path) noexcept;

/// The path without that ending, if it has one.
std::string_view without_compression_suffix(std::string_view path) noexcept;

}  // namespace sluice
