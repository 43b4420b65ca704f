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

// Measured with 64 MiB of access log (the fields of a real one put together anew): the size of the
// output against that of the program at the same level (zstd -T2, lz4, pigz, bzip2, xz -T2), in
// percent.
//
// | content of a frame | 1 MiB | 2 MiB | 4 MiB | 8 MiB | 16 MiB |
// |---|---|---|---|---|---|
// | zstd 1 | +3.5 | +1.2 | +0.1 | -0.4 | |
// | zstd 2 | +7.1 | +3.0 | +1.0 | +0.1 | |
// | zstd 3 | +13.2 | +6.6 | +2.6 | +0.9 | |
// | zstd 5 | +16.6 | +8.7 | +3.6 | +1.1 | |
// | zstd 6 | +18.2 | +9.5 | +4.0 | +1.2 | |
// | zstd 9 | +27.1 | +16.7 | +8.7 | +3.8 | +1.4 |
// | zstd 12 | +30.9 | +19.1 | +10.0 | +4.4 | +1.6 |
// | zstd 15 | +37.5 | +23.4 | +12.3 | +5.4 | +1.9 |
// | lz4 1 | +0.6 | +0.2 | 0 | | |
// | lz4 3 | +1.5 | +0.5 | 0 | | |
// | lz4 9, 12 | +1.8 | +0.6 | 0 | | |
// | gzip 1 | +0.4 | | | | |
// | gzip 6 | 0 | | | | |
// | gzip 9 | -0.9 | | | | |
// | xz 0 | | -1.7 | -2.5 | | |
// | xz 1 | | | -1.0 | -2.4 | |
// | xz 3 | | | | +1.2 | -1.1 |
// | xz 6 | | | | +4.7 | +0.9 |
//
// That log repeats the fields of a small one over and over, which favours a long window. Of a real
// access log (2.3 MiB) 1, 2 and 4 MiB cost zstd 3 +6.6, +2.7 and 0 percent, zstd 9 +9.6, +4.0 and
// 0; of a generated one zstd 3 +1.4, +0.7 and +0.3. Frames of 4 MiB are decoded in parallel at half
// the speed of those of 1 or 2 MiB, as they fall out of the cache: so zstd has 2 MiB where speed
// counts. xz has no more than 8 MiB, since each thread holds a frame or two, and at level 1 no more
// than 2 MiB, which costs 0.2 to 0.4 percent of generated logs against the 3 MiB of `xz -1 -T2`: so
// threads end at about the same time, and frames are decoded in parallel with buffers of usual
// size.
//
// A block of bzip2 holds 100 kB for each level less 19 bytes, of what runs of four equal bytes make
// one byte longer: with 1 % less content than that nearly all frames are one block (+0.3 % at level
// 1, +0.2 % at 5), and with 19 bytes less nearly none (+2.3 %, +2.1 %).
std::size_t frame_content_size(Compression compression, int level) noexcept {
  constexpr std::size_t mebibyte = std::size_t{1} << 20U;
  switch (compression) {
    case Compression::gzip:
    case Compression::lz4:
      return mebibyte;
    case Compression::zstd:
      return (level < 5 ? 2 : level < 10 ? 4 : 8) * mebibyte;
    case Compression::bzip2:
      return std::size_t{99'000} * static_cast<std::size_t>(level);
    case Compression::xz:
      return (level < 2 ? 2 : 8) * mebibyte;
    case Compression::none:
    case Compression::zlib:
    case Compression::deflate:
      break;
  }
  return 0;
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
