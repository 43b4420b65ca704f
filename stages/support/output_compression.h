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
};

template <>
struct EnumNames<OutputCompression> {
  static constexpr std::array<std::pair<std::string_view, OutputCompression>, 4> names{
      {{"auto", OutputCompression::automatic},
       {"none", OutputCompression::none},
       {"gzip", OutputCompression::gzip},
       {"zstd", OutputCompression::zstd}}};
};

/// `automatic` goes by the end of `path`, which may be empty.
inline Compression compression_of(OutputCompression compression, std::string_view path) noexcept {
  switch (compression) {
    case OutputCompression::gzip:
      return Compression::gzip;
    case OutputCompression::zstd:
      return Compression::zstd;
    case OutputCompression::none:
      return Compression::none;
    case OutputCompression::automatic:
      break;
  }
  return from_path(path);
}

}  // namespace sluice
