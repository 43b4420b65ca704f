#include "stages/support/stream_coder.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

/// What a decoder takes in one call, in bytes.
constexpr std::size_t call_limit = std::size_t{1} << 30U;

class Decompressor final : public StreamCoder {
 public:
  Decompressor(std::optional<Compression> compression, std::unique_ptr<DictionaryFile> dictionary)
      : compression_(compression), dictionary_(std::move(dictionary)) {}

  Result<Step> convert(std::span<const char> in, std::span<char> out) override {
    Step step;
    if (decoder_ == nullptr) {
      if (!compression_) step.consumed = collect_head(in);
      if (!compression_) return step;
      const Status begun = begin();
      if (!begun) return begun.error();
    }
    if (head_used_ < head_.size()) {
      const Result<Step> first = decode(std::span<const char>(head_).subspan(head_used_), out);
      if (!first) return first;
      head_used_ += first.value().consumed;
      step.produced = first.value().produced;
      if (head_used_ < head_.size()) return step;
    }
    if (step.produced == out.size()) return step;
    const Result<Step> rest = decode(in.subspan(step.consumed), out.subspan(step.produced));
    // What stands in front of an error is delivered first; the decoder remembers it.
    if (!rest) return step.produced > 0 ? Result<Step>(step) : rest;
    return Step{step.consumed + rest.value().consumed, step.produced + rest.value().produced};
  }

  Result<Last> finish(std::span<char> out) override {
    if (!compression_) compression_ = detect(head_);
    const Result<Step> step = convert({}, out);
    if (!step) return step.error();
    if (step.value().produced == out.size()) return Last{out.size(), false};
    if (step.value().produced > 0) return Last{step.value().produced, false};
    const Status ended = decoder_->finish();
    if (!ended) return ended.error();
    return Last{0, true};
  }

 private:
  /// Holds the first bytes back until they tell what the stream is.
  std::size_t collect_head(std::span<const char> in) {
    const std::size_t taken = std::min(in.size(), detection_bytes - head_.size());
    head_.append(in.data(), taken);
    compression_ = head_.size() < detection_bytes ? try_detect(head_) : detect(head_);
    return taken;
  }

  Status begin() {
    const Result<CodecSettings> settings = dictionary_->load();
    if (!settings) return settings.error();
    decoder_ = make_decoder(*compression_, settings.value());
    return Done{};
  }

  Result<Step> decode(std::span<const char> in, std::span<char> out) {
    Step step;
    do {
      const std::span<const char> rest = in.subspan(step.consumed);
      const Result<Decoder::Step> decoded = decoder_->decode(
          rest.first(std::min(rest.size(), call_limit)), out.subspan(step.produced));
      if (!decoded) {
        if (step.consumed + step.produced > 0) return step;
        return decoded.error();
      }
      step.consumed += decoded.value().consumed;
      step.produced += decoded.value().produced;
    } while (step.consumed < in.size() && step.produced < out.size());
    return step;
  }

  std::optional<Compression> compression_;  ///< None: nobody knows yet what the stream is.
  std::unique_ptr<DictionaryFile> dictionary_;
  std::unique_ptr<Decoder> decoder_;  ///< Null before the first bytes.
  std::string head_;
  std::size_t head_used_ = 0;  ///< Bytes of the head that the decoder has.
};

class Compressor final : public StreamCoder {
 public:
  explicit Compressor(std::unique_ptr<StreamEncoder> encoder) : encoder_(std::move(encoder)) {}

  Result<Step> convert(std::span<const char> in, std::span<char> out) override {
    const Result<StreamEncoder::Step> step = encoder_->encode(in, out);
    if (!step) return step.error();
    return Step{step.value().consumed, step.value().produced};
  }

  Result<Last> finish(std::span<char> out) override {
    const Result<StreamEncoder::Step> step = encoder_->finish(out);
    if (!step) return step.error();
    return Last{step.value().produced, step.value().ended};
  }

 private:
  std::unique_ptr<StreamEncoder> encoder_;
};

class ByteStream final : public StreamCoder {
 public:
  explicit ByteStream(std::unique_ptr<ByteCoder> coder) : coder_(std::move(coder)) {}

  Result<Step> convert(std::span<const char> in, std::span<char> out) override {
    Step step;
    step.produced = take_held(out);
    while (step.consumed < in.size() && step.produced < out.size()) {
      const std::span<char> room = out.subspan(step.produced);
      const bool is_small = room.size() < ByteCoder::least_room;
      const Result<Converted> converted =
          coder_->convert(in.subspan(step.consumed), is_small ? std::span<char>(held_) : room);
      if (!converted) {
        if (step.consumed + step.produced > 0) return step;
        return converted.error();
      }
      step.consumed += converted.value().consumed;
      if (is_small) {
        hold(converted.value().produced);
        step.produced += take_held(room);
      } else {
        step.produced += converted.value().produced;
      }
    }
    return step;
  }

  Result<Last> finish(std::span<char> out) override {
    if (!is_finished_ && held_end_ == held_begin_) {
      const Result<std::size_t> size = coder_->finish(held_);
      if (!size) return size.error();
      hold(size.value());
      is_finished_ = true;
    }
    const std::size_t produced = take_held(out);
    return Last{produced, is_finished_ && held_begin_ == held_end_};
  }

 private:
  void hold(std::size_t size) noexcept {
    held_begin_ = 0;
    held_end_ = size;
  }

  std::size_t take_held(std::span<char> out) noexcept {
    const std::size_t count = std::min(held_end_ - held_begin_, out.size());
    std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(held_begin_), count, out.begin());
    held_begin_ += count;
    return count;
  }

  std::unique_ptr<ByteCoder> coder_;
  /// What did not fit the last `out`, which was too small for the coder.
  std::array<char, 2 * ByteCoder::least_room> held_{};
  std::size_t held_begin_ = 0;
  std::size_t held_end_ = 0;
  bool is_finished_ = false;
};

}  // namespace

std::unique_ptr<StreamCoder> make_decompressor(std::optional<Compression> compression,
                                               std::unique_ptr<DictionaryFile> dictionary) {
  return std::make_unique<Decompressor>(compression, std::move(dictionary));
}

std::unique_ptr<StreamCoder> make_stream_compressor(std::unique_ptr<StreamEncoder> encoder) {
  return std::make_unique<Compressor>(std::move(encoder));
}

std::unique_ptr<StreamCoder> make_stream_coder(std::unique_ptr<ByteCoder> coder) {
  return std::make_unique<ByteStream>(std::move(coder));
}

}  // namespace sluice
