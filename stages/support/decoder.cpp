#include "stages/support/decoder.h"

#include <algorithm>
#include <utility>

#include "stages/support/bzip2_decoder.h"
#include "stages/support/gzip_decoder.h"
#include "stages/support/lz4_decoder.h"
#include "stages/support/xz_decoder.h"
#include "stages/support/zlib_decoder.h"
#include "stages/support/zstd_decoder.h"

namespace sluice {
namespace {

class CopyingDecoder final : public Decoder {
  Step advance(std::span<const char> in, std::span<char> out) override {
    const auto count = std::min(in.size(), out.size());
    std::copy_n(in.begin(), count, out.begin());
    return {count, count, false};
  }
  void reset(bool /*behind_parts*/) override {}
  bool inside_part() const noexcept override { return false; }
  Compression compression() const noexcept override { return Compression::none; }
};

}  // namespace

Result<Decoder::Step> Decoder::decode(std::span<const char> in, std::span<char> out) {
  if (failure_) return *failure_;
  const Step step = advance(in, out);
  consumed_ += step.consumed;
  if (failure_ && step.produced == 0) return *failure_;
  return step;
}

Status Decoder::finish() const {
  if (failure_) return *failure_;
  if (!inside_part()) return Done{};
  Error error;
  error.code = ErrorCode::corrupt_input;
  error.message = std::string(name_of(compression())) + ": ends too early";
  error.offset = consumed_;
  return error;
}

void Decoder::restart(std::uint64_t offset, bool behind_parts) {
  consumed_ = offset;
  failure_.reset();
  reset(behind_parts);
}

void Decoder::restart_at_block(std::uint64_t offset, std::uint8_t check) {
  restart(offset, true);
  reset_at_block(check);
}

void Decoder::fail(std::string message, std::uint64_t offset) {
  if (failure_) return;
  failure_.emplace();
  failure_->code = ErrorCode::corrupt_input;
  failure_->message = std::string(name_of(compression())) + ": " + std::move(message);
  failure_->offset = offset;
}

Decoder::Step StateDecoder::advance(std::span<const char> in, std::span<char> out) {
  Rest rest{in, out, consumed() + in.size()};
  while (run_state(rest)) {
  }
  return {in.size() - rest.in.size(), out.size() - rest.out.size(), rest.at_part_end};
}

Error behind_content(Error error, std::uint64_t content, std::optional<std::uint64_t> part) {
  if (error.code != ErrorCode::corrupt_input) return error;
  error.message += ", behind " + std::to_string(content) + " bytes of content";
  if (part) error.message += " of what is stored from byte " + std::to_string(*part) + " on";
  return error;
}

std::unique_ptr<Decoder> make_decoder(Compression compression, const CodecSettings& settings) {
  switch (compression) {
    case Compression::gzip:
      return std::make_unique<GzipDecoder>();
    case Compression::zstd:
      return std::make_unique<ZstdDecoder>(settings);
    case Compression::lz4:
      return std::make_unique<Lz4Decoder>();
    case Compression::bzip2:
      return std::make_unique<Bzip2Decoder>();
    case Compression::xz:
      return std::make_unique<XzDecoder>();
    case Compression::zlib:
    case Compression::deflate:
      return std::make_unique<ZlibDecoder>(compression);
    case Compression::none:
      break;
  }
  return std::make_unique<CopyingDecoder>();
}

}  // namespace sluice
