#include "stages/support/decoding_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t buffer_size_bytes = std::size_t{256} << 10U;

}  // namespace

DecodingReader::DecodingReader(File file, std::optional<Compression> declared,
                               CodecSettings settings)
    : file_(std::move(file)),
      buffer_(buffer_size_bytes),
      compression_(declared),
      settings_(std::move(settings)) {}

DecodingReader::DecodingReader(File file, Compression compression, const Start& start,
                               const CodecSettings& settings)
    : DecodingReader(std::move(file), compression, settings) {
  bytes_read_ = start.stored_offset;
  decoded_ = start.decoded_offset.value_or(0);
  if (!start.decoded_offset) counted_from_ = start.stored_offset;
  decoder_ = make_decoder(compression, settings_);
  decoder_->restart(start.stored_offset, start.behind_parts);
}

Result<Compression> DecodingReader::compression() {
  if (!compression_) {
    const auto detected = detect_compression();
    if (!detected) return detected.error();
  }
  return *compression_;
}

// Needs a few bytes as a rule and detection_bytes at most, but a pipe may give them one by one.
Status DecodingReader::detect_compression() {
  std::size_t count = 0;
  while (!compression_ && !failure_) {
    count += read_file(std::span(buffer_).subspan(count));
    unused_ = std::span(buffer_).first(count);
    const std::string_view first_bytes(buffer_.data(), count);
    compression_ = at_end_ ? detect(first_bytes) : try_detect(first_bytes);
  }
  if (failure_) return *failure_;
  return Done{};
}

Result<std::size_t> DecodingReader::read(std::span<char> out) {
  const auto known = compression();
  if (!known) return known.error();
  if (known.value() != Compression::none && decoder_ == nullptr) {
    decoder_ = make_decoder(known.value(), settings_);
  }
  const auto count = fill(out);
  decoded_ += count;
  if (count == 0 && failure_) return behind_content(*failure_, decoded_, counted_from_);
  return count;
}

std::size_t DecodingReader::fill(std::span<char> out) {
  std::size_t count = 0;
  while (count < out.size() && !finished_ && !failure_) {
    count += use_buffered(out.subspan(count));
    if (count == out.size() || !unused_.empty() || failure_) continue;
    if (at_end_) {
      end_stream();
    } else if (count > 0 && read_would_wait()) {
      break;
    } else if (decoder_ == nullptr) {
      count += read_file(out.subspan(count));
    } else {
      unused_ = std::span(buffer_).first(read_file(buffer_));
    }
  }
  return count;
}

// Called with nothing buffered, too: the decoder may hold back what did not fit the last `out`.
std::size_t DecodingReader::use_buffered(std::span<char> out) {
  if (decoder_ == nullptr) {
    const auto count = std::min(unused_.size(), out.size());
    std::copy_n(unused_.begin(), count, out.begin());
    unused_ = unused_.subspan(count);
    return count;
  }
  const auto step = decoder_->decode(unused_, out);
  if (!step) {
    fail(step.error());
    return 0;
  }
  unused_ = unused_.subspan(step.value().consumed);
  return step.value().produced;
}

void DecodingReader::end_stream() {
  finished_ = true;
  if (decoder_ == nullptr) return;
  const auto status = decoder_->finish();
  if (!status) fail(status.error());
}

void DecodingReader::fail(Error error) {
  failure_ = std::move(error);
  failure_->file = file_.name();
}

// Regular files never wait, and a pipe that filled the buffer has more.
bool DecodingReader::read_would_wait() const {
  if (!last_read_short_ || at_end_) return false;
  pollfd ready{file_.fd(), POLLIN, 0};
  return file_.io().poll(&ready, 1, 0) <= 0;
}

std::size_t DecodingReader::read_file(std::span<char> to) {
  const auto count = file_.read(to);
  if (!count) {
    fail(count.error());
    return 0;
  }
  bytes_read_ += count.value();
  last_read_short_ = count.value() < to.size();
  at_end_ = count.value() == 0;
  return count.value();
}

}  // namespace sluice
