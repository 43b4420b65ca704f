// Streams of xz, on liblzma.
#include <lzma.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "stages/support/frame_encoders.h"

namespace sluice::frame_encoders {
namespace {

/// One block and a CRC64, as xz(1) makes them.
class XzEncoder final : public FrameEncoder {
 public:
  explicit XzEncoder(int level) {
    lzma_lzma_preset(&options_, static_cast<std::uint32_t>(level));
    dictionary_limit_ = options_.dict_size;
  }
  XzEncoder(const XzEncoder&) = delete;
  XzEncoder& operator=(const XzEncoder&) = delete;
  ~XzEncoder() override { lzma_end(&stream_); }

  std::size_t bound(std::size_t input_size_bytes) const noexcept override {
    return lzma_stream_buffer_bound(input_size_bytes);
  }

  Result<std::size_t> encode(std::string_view in, std::span<char> out) override {
    // A dictionary larger than the content costs memory, about 11 times its size, and gives
    // nothing.
    options_.dict_size = static_cast<std::uint32_t>(
        std::clamp<std::size_t>(in.size(), LZMA_DICT_SIZE_MIN, dictionary_limit_));
    std::array<lzma_filter, 2> filters = {
        {{LZMA_FILTER_LZMA2, &options_}, {LZMA_VLI_UNKNOWN, nullptr}}};
    // One that is begun anew keeps its memory: taking it from the system for each frame would cost
    // as much again as compressing does.
    if (lzma_stream_encoder(&stream_, filters.data(), LZMA_CHECK_CRC64) != LZMA_OK)
      return too_small();
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    if (lzma_code(&stream_, LZMA_FINISH) != LZMA_STREAM_END) return too_small();
    return out.size() - stream_.avail_out;
  }

 private:
  static Error too_small() {
    return limit_error("xz: cannot compress: output or memory too small");
  }

  lzma_options_lzma options_{};
  std::size_t dictionary_limit_ = 0;
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<FrameEncoder> make_xz(int level) { return std::make_unique<XzEncoder>(level); }

}  // namespace sluice::frame_encoders
