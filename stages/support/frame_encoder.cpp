#include "stages/support/frame_encoder.h"

#include <string>
#include <utility>

#include "stages/support/frame_encoders.h"

namespace sluice {
namespace {

Error config_error(std::string message) {
  Error error;
  error.code = ErrorCode::bad_config;
  error.message = std::move(message);
  return error;
}

}  // namespace

Error frame_encoders::limit_error(std::string message) {
  Error error;
  error.code = ErrorCode::limit;
  error.message = std::move(message);
  return error;
}

bool has_frames(Compression compression) noexcept {
  switch (compression) {
    case Compression::none:
    case Compression::zlib:
    case Compression::deflate:
      return false;
    default:
      return true;
  }
}

Status check_level(Compression compression, int level) {
  const auto range = levels_of(compression);
  if (level >= range.lowest && level <= range.highest) return Done{};
  return config_error(std::string(name_of(compression)) + ": level " + std::to_string(level) +
                      " is not in " + std::to_string(range.lowest) + ".." +
                      std::to_string(range.highest));
}

Result<std::unique_ptr<FrameEncoder>> make_frame_encoder(Compression compression, int level,
                                                         const CodecSettings& settings) {
  Status checked = check_level(compression, level);
  if (!checked) return std::move(checked).error();
  switch (compression) {
    case Compression::gzip:
      return frame_encoders::make_gzip(level);
    case Compression::zstd:
      return frame_encoders::make_zstd(level, settings);
    case Compression::lz4:
      return frame_encoders::make_lz4(level);
    case Compression::bzip2:
      return frame_encoders::make_bzip2(level);
    case Compression::xz:
      return frame_encoders::make_xz(level);
    case Compression::none:
    case Compression::zlib:
    case Compression::deflate:
      break;
  }
  return config_error(std::string(name_of(compression)) + ": is not made of frames");
}

}  // namespace sluice
