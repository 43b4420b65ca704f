#include "stages/support/compression.h"

#include <algorithm>
#include <array>

#include "stages/support/magic_numbers.h"
#include "stages/support/zstd_format.h"

namespace sluice {
namespace {

struct Magic {
  std::string_view bytes;
  Compression compression;
};

constexpr std::array<Magic, 4> magics = {{{gzip_magic, Compression::gzip},
                                          {zstd_magic, Compression::zstd},
                                          {lz4_magic, Compression::lz4},
                                          {xz_magic, Compression::xz}}};

struct Suffix {
  std::string_view text;
  Compression compression;
};

constexpr std::array<Suffix, 9> suffixes = {{{".gz", Compression::gzip},
                                             {".gzip", Compression::gzip},
                                             {".bgz", Compression::gzip},
                                             {".zst", Compression::zstd},
                                             {".zstd", Compression::zstd},
                                             {".lz4", Compression::lz4},
                                             {".bz2", Compression::bzip2},
                                             {".xz", Compression::xz},
                                             {".zz", Compression::zlib}}};

/// "BZh", a digit, and the magic number of a block or of the end: a text may well begin with the
/// letters.
constexpr std::size_t bzip2_magic_bytes = 10;

bool agree_with_bzip2(std::string_view bytes) {
  const std::string_view behind = bytes.substr(std::min<std::size_t>(bytes.size(), 4));
  return may_begin_with(bytes, "BZh") &&
         (bytes.size() < 4 || (bytes[3] >= '1' && bytes[3] <= '9')) &&
         (may_begin_with(behind, "\x31\x41\x59\x26\x53\x59") ||
          may_begin_with(behind, "\x17\x72\x45\x38\x50\x90"));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool ends_with(std::string_view text, std::string_view ending) {
  return text.size() > ending.size() &&
         std::equal(ending.begin(), ending.end(),
                    text.end() - static_cast<std::ptrdiff_t>(ending.size()),
                    [](char wanted, char found) { return wanted == lower(found); });
}

const Suffix* suffix_of(std::string_view path) {
  const auto* const found =
      std::find_if(suffixes.begin(), suffixes.end(),
                   [path](const Suffix& suffix) { return ends_with(path, suffix.text); });
  return found == suffixes.end() ? nullptr : found;
}

/// What follows the skippable frames at the front of `bytes`, as far as detection looks.
std::optional<Compression> detect_behind_skippable(std::string_view bytes) {
  std::size_t at = 0;
  while (true) {
    const std::string_view rest = bytes.substr(at);
    if (rest.size() >= lz4_magic.size() && !may_begin_skippable(rest)) {
      return may_begin_with(rest, lz4_magic) ? Compression::lz4 : Compression::zstd;
    }
    const std::optional<std::uint64_t> size = skippable_frame_size(rest);
    // A number that is a lie leads out of sight at worst.
    const std::uint64_t next = at + size.value_or(zstd_skippable_header_bytes);
    if (next + lz4_magic.size() > detection_bytes) return Compression::zstd;
    if (!size || next >= bytes.size()) return std::nullopt;
    at = static_cast<std::size_t>(next);
  }
}

}  // namespace

std::string_view name_of(Compression compression) noexcept {
  switch (compression) {
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::lz4:
      return "lz4";
    case Compression::bzip2:
      return "bzip2";
    case Compression::xz:
      return "xz";
    case Compression::zlib:
      return "zlib";
    case Compression::deflate:
      return "deflate";
    case Compression::none:
      break;
  }
  return "none";
}

std::optional<Compression> try_detect(std::string_view first_bytes) noexcept {
  if (first_bytes.empty()) return std::nullopt;
  for (const Magic& magic : magics) {
    if (!may_begin_with(first_bytes, magic.bytes)) continue;
    if (first_bytes.size() < magic.bytes.size()) return std::nullopt;
    return magic.compression;
  }
  if (agree_with_bzip2(first_bytes)) {
    if (first_bytes.size() < bzip2_magic_bytes) return std::nullopt;
    return Compression::bzip2;
  }
  if (!may_begin_skippable(first_bytes)) return Compression::none;
  return detect_behind_skippable(first_bytes);
}

Compression detect(std::string_view first_bytes) noexcept {
  if (const auto found = try_detect(first_bytes)) return *found;
  const bool skippable = first_bytes.size() >= 4 && may_begin_skippable(first_bytes);
  return skippable ? Compression::zstd : Compression::none;
}

Compression from_path(std::string_view path) noexcept {
  const Suffix* const suffix = suffix_of(path);
  return suffix == nullptr ? Compression::none : suffix->compression;
}

std::string_view without_compression_suffix(std::string_view path) noexcept {
  const Suffix* const suffix = suffix_of(path);
  if (suffix != nullptr) path.remove_suffix(suffix->text.size());
  return path;
}

}  // namespace sluice
