// gzip members, on libdeflate and ISA-L.
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "stages/support/frame_encoders.h"
#include "stages/support/gzip_format.h"

namespace sluice::frame_encoders {
namespace {

/// Raw deflate (RFC 1951) of one block of data.
class Deflater {
 public:
  Deflater() = default;
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  virtual ~Deflater() = default;
  virtual std::size_t bound(std::size_t input_size_bytes) const noexcept = 0;
  /// The compressed size; 0 if `out` is too small.
  virtual std::size_t deflate(std::string_view in, std::span<char> out) noexcept = 0;
};

/// libdeflate: small output.
class SmallDeflater final : public Deflater {
 public:
  explicit SmallDeflater(int level) : compressor_(libdeflate_alloc_compressor(level)) {}

  std::size_t bound(std::size_t input_size_bytes) const noexcept override {
    return libdeflate_deflate_compress_bound(compressor_.get(), input_size_bytes);
  }

  std::size_t deflate(std::string_view in, std::span<char> out) noexcept override {
    if (compressor_ == nullptr) return 0;
    return libdeflate_deflate_compress(compressor_.get(), in.data(), in.size(), out.data(),
                                       out.size());
  }

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const noexcept {
      libdeflate_free_compressor(compressor);
    }
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

/// ISA-L at its level 1: fast.
class FastDeflater final : public Deflater {
 public:
  FastDeflater() : work_(ISAL_DEF_LVL1_DEFAULT), stream_(std::make_unique<isal_zstream>()) {}

  /// Stored blocks at worst, with a margin: ISA-L gives up early when the output gets tight.
  std::size_t bound(std::size_t input_size_bytes) const noexcept override {
    return input_size_bytes + input_size_bytes / 1024 + 512;
  }

  std::size_t deflate(std::string_view in, std::span<char> out) noexcept override {
    isal_deflate_stateless_init(stream_.get());
    stream_->level = 1;
    stream_->level_buf = work_.data();
    stream_->level_buf_size = static_cast<std::uint32_t>(work_.size());
    stream_->end_of_stream = 1;
    stream_->flush = NO_FLUSH;
    stream_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(in.data()));
    stream_->next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_->avail_in = static_cast<std::uint32_t>(in.size());
    stream_->avail_out = static_cast<std::uint32_t>(
        std::min<std::size_t>(out.size(), std::numeric_limits<std::uint32_t>::max()));
    return isal_deflate_stateless(stream_.get()) == COMP_OK ? stream_->total_out : 0;
  }

 private:
  std::vector<std::uint8_t> work_;
  std::unique_ptr<isal_zstream> stream_;
};

/// Measured on access-log text with random numbers, 1 MiB members, MB/s of input and ratio: ISA-L
/// level 1 620 (3.83), level 2 583 (3.83), level 3 278 (3.87); libdeflate level 1 281 (3.89), level
/// 2 187 (3.92), level 3 164 (4.01). So ISA-L's level 1 is "fast" and its other levels are useless.
std::unique_ptr<Deflater> make_deflater(int level) {
  if (level == 1) return std::make_unique<FastDeflater>();
  return std::make_unique<SmallDeflater>(level);
}

class GzipEncoder final : public FrameEncoder {
 public:
  explicit GzipEncoder(int level) : deflater_(make_deflater(level)) {}

  std::size_t bound(std::size_t input_size_bytes) const noexcept override {
    return deflater_->bound(input_size_bytes) + gzip_header_size_bytes + gzip_trailer_size_bytes;
  }

  Result<std::size_t> encode(std::string_view in, std::span<char> out) override {
    constexpr auto frame_bytes = gzip_header_size_bytes + gzip_trailer_size_bytes;
    if (bound(in.size()) > std::numeric_limits<std::uint32_t>::max()) {
      return limit_error("gzip: a member of this size does not fit 32 bits");
    }
    if (out.size() <= frame_bytes) return too_small();
    const auto data_bytes =
        deflater_->deflate(in, out.subspan(gzip_header_size_bytes, out.size() - frame_bytes));
    if (data_bytes == 0) return too_small();

    const auto member_bytes = data_bytes + frame_bytes;
    write_gzip_header(out.first<gzip_header_size_bytes>(),
                      static_cast<std::uint32_t>(member_bytes));
    const auto* bytes = reinterpret_cast<const unsigned char*>(in.data());
    write_gzip_trailer(
        out.subspan(gzip_header_size_bytes + data_bytes).first<gzip_trailer_size_bytes>(),
        crc32_gzip_refl(0, bytes, in.size()), static_cast<std::uint32_t>(in.size()));
    return member_bytes;
  }

 private:
  static Error too_small() {
    return limit_error("gzip: cannot compress: output or memory too small");
  }

  std::unique_ptr<Deflater> deflater_;
};

}  // namespace

std::unique_ptr<FrameEncoder> make_gzip(int level) { return std::make_unique<GzipEncoder>(level); }

}  // namespace sluice::frame_encoders
