#include "stages/support/request_body.h"

#include <strings.h>

#include <array>
#include <utility>

#include "stages/support/codec_settings.h"

namespace sluice {
namespace {

constexpr std::size_t step_bytes = 32 << 10;
constexpr unsigned bad_request = 400;
constexpr unsigned content_too_large = 413;

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

CodecSettings network_settings() {
  CodecSettings settings;
  settings.zstd_window_log = 23;
  return settings;
}

}  // namespace

std::optional<Compression> content_coding(std::string_view header) {
  const std::string_view coding = trimmed(header);
  if (coding.empty() || same_word(coding, "identity")) return Compression::none;
  if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) return Compression::gzip;
  if (same_word(coding, "zstd")) return Compression::zstd;
  return std::nullopt;
}

RequestBody::RequestBody(Compression compression, std::size_t limit) : limit_(limit) {
  if (compression != Compression::none) decoder_ = make_decoder(compression, network_settings());
}

std::optional<HttpRefusal> RequestBody::add(std::span<const char> piece) {
  received_bytes_ += piece.size();
  if (refusal_) return refusal_;
  if (received_bytes_ > limit_) return too_large();
  if (decoder_ != nullptr) return decode(piece);
  text_.append(piece.data(), piece.size());
  return std::nullopt;
}

std::optional<HttpRefusal> RequestBody::decode(std::span<const char> piece) {
  std::array<char, step_bytes>
      out;  // NOLINT(cppcoreguidelines-pro-type-member-init): written below
  while (true) {
    const auto step = decoder_->decode(piece, out);
    if (!step) return refuse({bad_request, "damaged", step.error().message});
    piece = piece.subspan(step.value().consumed);
    const std::size_t produced = step.value().produced;
    if (produced > limit_ - text_.size()) return too_large();
    text_.append(out.data(), produced);
    // A step that filled `out` may have left more to deliver.
    if (piece.empty() && produced < out.size()) return std::nullopt;
  }
}

std::optional<HttpRefusal> RequestBody::finish() {
  if (refusal_) return refusal_;
  if (decoder_ == nullptr || received_bytes_ == 0) return std::nullopt;
  const Status whole = decoder_->finish();
  decoder_ = nullptr;
  if (!whole) return refuse({bad_request, "damaged", whole.error().message});
  return std::nullopt;
}

void RequestBody::drop() noexcept {
  std::string().swap(text_);
  decoder_ = nullptr;
}

HttpRefusal RequestBody::refuse(HttpRefusal refusal) {
  drop();
  refusal_ = std::move(refusal);
  return *refusal_;
}

HttpRefusal RequestBody::too_large() {
  return refuse(
      {content_too_large, "too_large",
       "the body has more than " + std::to_string(limit_) + " bytes, as sent or decompressed"});
}

}  // namespace sluice
