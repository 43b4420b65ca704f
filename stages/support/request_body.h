// The body of an HTTP request while it arrives: decompressed as it comes, and bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "stages/support/compression.h"
#include "stages/support/decoder.h"

namespace sluice {

/// Why a request is not accepted, and what its answer says.
struct HttpRefusal {
  unsigned status = 400;
  std::string reason;   ///< A short stable word for counts.
  std::string message;  ///< For whoever sent it.
  friend bool operator==(const HttpRefusal&, const HttpRefusal&) = default;
};

/// What a Content-Encoding (RFC 9110, section 8.4) stands for: nothing, identity, gzip (x-gzip) and
/// zstd (RFC 8878). Nothing: it is not supported.
std::optional<Compression> content_coding(std::string_view header);

/// Collects the text of one body. However much a small body decompresses to, no more than `limit`
/// bytes of it are kept; what was kept of a body that is refused is let go of at once. The window
/// of zstd is at most the 8 MiB of RFC 9659. One thread at a time.
class RequestBody {
 public:
  /// `limit`: of the bytes as sent, and of what they decompress to.
  RequestBody(Compression compression, std::size_t limit);

  /// Adds what has arrived. Once refused, it is refused for good.
  std::optional<HttpRefusal> add(std::span<const char> piece);
  /// The body has ended.
  std::optional<HttpRefusal> finish();

  /// Bytes as sent, so far.
  std::uint64_t received_bytes() const noexcept { return received_bytes_; }
  const std::string& text() const noexcept { return text_; }
  std::string take_text() noexcept { return std::move(text_); }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  /// Lets go of what was kept.
  void drop() noexcept;

 private:
  std::optional<HttpRefusal> decode(std::span<const char> piece);
  HttpRefusal refuse(HttpRefusal refusal);
  HttpRefusal too_large();

  std::size_t limit_;
  std::uint64_t received_bytes_ = 0;
  std::string text_;
  std::unique_ptr<Decoder> decoder_;  ///< Null for a body that is not compressed.
  std::optional<HttpRefusal> refusal_;
};

}  // namespace sluice
