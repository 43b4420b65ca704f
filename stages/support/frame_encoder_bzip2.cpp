// Streams of bzip2, on libbz2.
#include <bzlib.h>

#include <algorithm>
#include <limits>

#include "stages/support/frame_encoders.h"

namespace sluice::frame_encoders {
namespace {

constexpr std::size_t size_limit_bytes = std::numeric_limits<unsigned>::max();

class Bzip2Encoder final : public FrameEncoder {
 public:
  explicit Bzip2Encoder(int level) : level_(level) {}

  /// What the library's manual promises.
  std::size_t bound(std::size_t input_size_bytes) const noexcept override {
    return input_size_bytes + input_size_bytes / 100 + 600;
  }

  Result<std::size_t> encode(std::string_view in, std::span<char> out) override {
    if (in.size() > size_limit_bytes) {
      return limit_error("bzip2: a stream of this size does not fit 32 bits");
    }
    constexpr int silent = 0;
    constexpr int standard_effort = 0;
    auto size = static_cast<unsigned>(std::min(out.size(), size_limit_bytes));
    // The library refuses null, even for nothing.
    char nothing = 0;
    char* const from = in.empty() ? &nothing : const_cast<char*>(in.data());
    const int outcome = BZ2_bzBuffToBuffCompress(
        out.data(), &size, from, static_cast<unsigned>(in.size()), level_, silent, standard_effort);
    if (outcome == BZ_OK) return std::size_t{size};
    return limit_error("bzip2: cannot compress: output or memory too small");
  }

 private:
  int level_;
};

}  // namespace

std::unique_ptr<FrameEncoder> make_bzip2(int level) {
  return std::make_unique<Bzip2Encoder>(level);
}

}  // namespace sluice::frame_encoders
