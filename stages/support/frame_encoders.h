// The frame encoders, one for each format: what make_frame_encoder chooses from. A file for each
// library.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "stages/support/codec_settings.h"
#include "stages/support/frame_encoder.h"

namespace sluice::frame_encoders {

// REQUIRES: the level is one of levels_of().
std::unique_ptr<FrameEncoder> make_gzip(int level);
std::unique_ptr<FrameEncoder> make_zstd(int level, const CodecSettings& settings);
std::unique_ptr<FrameEncoder> make_lz4(int level);
std::unique_ptr<FrameEncoder> make_bzip2(int level);
std::unique_ptr<FrameEncoder> make_xz(int level);

/// Of code `limit`.
Error limit_error(std::string message);

}  // namespace sluice::frame_encoders
