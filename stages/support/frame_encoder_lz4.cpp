// Frames of lz4, on liblz4.
#include <lz4frame.h>

#include "stages/support/frame_encoders.h"

namespace sluice::frame_encoders {
namespace {

/// Blocks are independent and as large as lz4(1) makes them, so that a frame of the usual size is
/// one block. Levels from 3 on are those of its slower and stronger compressor.
class Lz4Encoder final : public FrameEncoder {
 public:
  explicit Lz4Encoder(int level) {
    preferences_.frameInfo.blockSizeID = LZ4F_max4MB;
    preferences_.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences_.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    preferences_.compressionLevel = level;
  }

  std::size_t bound(std::size_t input_size_bytes) const noexcept override {
    return LZ4F_compressFrameBound(input_size_bytes, &preferences_);
  }

  Result<std::size_t> encode(std::string_view in, std::span<char> out) override {
    preferences_.frameInfo.contentSize = in.size();
    // Keeps nothing from frame to frame: what it asks memory for is small beside the work.
    const auto size =
        LZ4F_compressFrame(out.data(), out.size(), in.data(), in.size(), &preferences_);
    if (LZ4F_isError(size) == 0) return size;
    return limit_error(std::string("lz4: cannot compress: ") + LZ4F_getErrorName(size));
  }

 private:
  LZ4F_preferences_t preferences_ = LZ4F_INIT_PREFERENCES;
};

}  // namespace

std::unique_ptr<FrameEncoder> make_lz4(int level) { return std::make_unique<Lz4Encoder>(level); }

}  // namespace sluice::frame_encoders
