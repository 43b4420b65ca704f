#include "stages/support/compression.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::string_view gzip_magic = "\x1f\x8b\x08";
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";
constexpr std::string_view skippable_magic_tail = "\x2a\x4d\x18";

bool agree(std::string_view bytes, std::string_view magic) {
  const auto shared = std::min(bytes.size(), magic.size());
  return bytes.substr(0, shared) == magic.substr(0, shared);
}

/// Skippable frames start with 50..5f 2a 4d 18.
bool agree_with_skippable(std::string_view bytes) {
  return (static_cast<unsigned char>(bytes[0]) & 0xf0U) == 0x50 &&
         agree(bytes.substr(1), skippable_magic_tail);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool ends_with(std::string_view text, std::string_view ending) {
  return text.size() > ending.size() &&
         std::equal(ending.begin(), ending.end(),
                    text.end() - static_cast<std::ptrdiff_t>(ending.size()),
                    [](char wanted, char found) { return wanted == lower(found); });
}

}  // namespace

std::string_view name_of(Compression compression) noexcept {
  switch (compression) {
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::none:
      break;
  }
  return "none";
}

std::optional<Compression> try_detect(std::string_view first_bytes) noexcept {
  if (first_bytes.empty()) return std::nullopt;
  if (agree(first_bytes, gzip_magic)) {
    if (first_bytes.size() < gzip_magic.size()) return std::nullopt;
    return Compression::gzip;
  }
  if (agree(first_bytes, zstd_magic) || agree_with_skippable(first_bytes)) {
    if (first_bytes.size() < zstd_magic.size()) return std::nullopt;
    return Compression::zstd;
  }
  return Compression::none;
}

Compression detect(std::string_view first_bytes) noexcept {
  return try_detect(first_bytes).value_or(Compression::none);
}

Compression from_path(std::string_view path) noexcept {
  if (ends_with(path, ".gz") || ends_with(path, ".gzip")) return Compression::gzip;
  if (ends_with(path, ".zst") || ends_with(path, ".zstd")) return Compression::zstd;
  return Compression::none;
}

}  // namespace sluice
