#include "stages/support/stream_encoder.h"

#include <algorithm>
#include <string>

#include "stages/support/frame_encoder.h"

namespace sluice {
namespace {

// The library counts in 32 bits.
constexpr std::size_t call_limit_bytes = std::size_t{1} << 30U;

}  // namespace

Result<std::unique_ptr<StreamEncoder>> StreamEncoder::make(Compression compression, int level) {
  Status checked = check_level(compression, level);
  if (!checked) return std::move(checked).error();
  if (compression != Compression::zlib && compression != Compression::deflate) {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = std::string(name_of(compression)) + ": is not encoded as one stream";
    return error;
  }
  const int window_bits = compression == Compression::zlib ? MAX_WBITS : -MAX_WBITS;
  constexpr int memory_level = 8;
  std::unique_ptr<StreamEncoder> encoder(new StreamEncoder);
  if (deflateInit2(&encoder->state_, level, Z_DEFLATED, window_bits, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    Error error;
    error.code = ErrorCode::limit;
    error.message = std::string(name_of(compression)) + ": out of memory";
    return error;
  }
  return encoder;
}

Result<StreamEncoder::Step> StreamEncoder::encode(std::span<const char> in, std::span<char> out) {
  Step step;
  while (step.consumed < in.size() && step.produced < out.size()) {
    const Result<Step> next =
        advance(in.subspan(step.consumed), out.subspan(step.produced), Z_NO_FLUSH);
    if (!next) return next.error();
    step.consumed += next.value().consumed;
    step.produced += next.value().produced;
  }
  return step;
}

Result<StreamEncoder::Step> StreamEncoder::finish(std::span<char> out) {
  return advance({}, out, Z_FINISH);
}

Result<StreamEncoder::Step> StreamEncoder::advance(std::span<const char> in, std::span<char> out,
                                                   int flush) {
  const auto in_bytes = std::min(in.size(), call_limit_bytes);
  const auto out_bytes = std::min(out.size(), call_limit_bytes);
  state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  state_.next_out = reinterpret_cast<Bytef*>(out.data());
  state_.avail_in = static_cast<uInt>(in_bytes);
  state_.avail_out = static_cast<uInt>(out_bytes);
  const int outcome = deflate(&state_, flush);
  // Z_BUF_ERROR: more room is needed.
  if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
    Error error;
    error.code = ErrorCode::limit;
    error.message = "deflate: cannot compress";
    return error;
  }
  return Step{in_bytes - state_.avail_in, out_bytes - state_.avail_out, outcome == Z_STREAM_END};
}

}  // namespace sluice
