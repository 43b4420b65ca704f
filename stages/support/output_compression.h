// How an output is to be compressed, as options say it: what sinks and transforms share.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/stage/stage_type.h"
#include "stages/support/compression.h"

namespace sluice {

enum class OutputCompression : std::uint8_t {
  automatic,
  none,
  gzip,
  zstd,
  lz4,
  bzip2,
  xz,
  zlib,
  deflate,
};

template <>
struct EnumNames<OutputCompression> {
  static constexpr std::array<std::pair<std::string_view, OutputCompression>, 9> names{
      {{"auto", OutputCompression::automatic},
       {"none", OutputCompression::none},
       {"gzip", OutputCompression::gzip},
       {"zstd", OutputCompression::zstd},
       {"lz4", OutputCompression::lz4},
       {"bzip2", OutputCompression::bzip2},
       {"xz", OutputCompression::xz},
       {"zlib", OutputCompression::zlib},
       {"deflate", OutputCompression::deflate}}};
};

/// `automatic` goes by the end of `path`, which may be empty.
inline Compression compression_of(OutputCompression compression, std::string_view path) noexcept {
  switch (compression) {
    case OutputCompression::gzip:
      return Compression::gzip;
    case OutputCompression::zstd:
      return Compression::zstd;
    case OutputCompression::lz4:
      return Compression::lz4;
    case OutputCompression::bzip2:
      return Compression::bzip2;
    case OutputCompression::xz:
      return Compression::xz;
    case OutputCompression::zlib:
      return Compression::zlib;
    case OutputCompression::deflate:
      return Compression::deflate;
    case OutputCompression::none:
      return Compression::none;
    case OutputCompression::automatic:
      break;
  }
  return from_path(path);
}

}  // namespace sluice
