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
    std::size_t size = 0;
    const lzma_ret outcome = lzma_stream_buffer_encode(
        filters.data(), LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(in.data()),
        in.size(), reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size());
    if (outcome == LZMA_OK) return size;
    return limit_error("xz: cannot compress: output or memory too small");
  }

 private:
  lzma_options_lzma options_{};
  std::size_t dictionary_limit_ = 0;
};

}  // namespace

std::unique_ptr<FrameEncoder> make_xz(int level) { return std::make_unique<XzEncoder>(level); }

}  // namespace sluice::frame_encoders
