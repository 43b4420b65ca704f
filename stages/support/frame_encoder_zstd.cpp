// zstd frames, on libzstd.
#include <zstd.h>

#include <utility>

#include "stages/support/frame_encoders.h"
#include "stages/support/zstd_dictionary.h"

namespace sluice::frame_encoders {
namespace {

class ZstdEncoder final : public FrameEncoder {
 public:
  ZstdEncoder(int level, std::shared_ptr<const ZstdDictionary> dictionary)
      : dictionary_(std::move(dictionary)), context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) return;
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    if (dictionary_ == nullptr) return;
    const ZSTD_CDict* const prepared = dictionary_->for_encoding(level);
    if (prepared == nullptr) {
      context_.reset();
    } else {
      ZSTD_CCtx_refCDict(context_.get(), prepared);
    }
  }

  std::size_t bound(std::size_t input_size_bytes) const noexcept override {
    return ZSTD_compressBound(input_size_bytes);
  }

  Result<std::size_t> encode(std::string_view in, std::span<char> out) override {
    if (context_ == nullptr) return limit_error("zstd: out of memory");
    const auto size = ZSTD_compress2(context_.get(), out.data(), out.size(), in.data(), in.size());
    if (ZSTD_isError(size) == 0) return size;
    return limit_error(std::string("zstd: cannot compress: ") + ZSTD_getErrorName(size));
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  };
  std::shared_ptr<const ZstdDictionary> dictionary_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;  ///< Null without memory.
};

}  // namespace

std::unique_ptr<FrameEncoder> make_zstd(int level, const CodecSettings& settings) {
  return std::make_unique<ZstdEncoder>(level, settings.dictionary);
}

}  // namespace sluice::frame_encoders
