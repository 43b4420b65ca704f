#include "tools/benchmark/floor_records.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "engine/data/scan.h"
#include "stages/support/decoder.h"
#include "stages/support/gzip_format.h"
#include "stages/support/little_endian.h"
#include "stages/support/zstd_format.h"

namespace sluice::bench {
namespace {

/// In front of what is decoded, for the line that the frame before has begun.
constexpr std::size_t headroom_bytes = 64 << 10;
/// As the sink file writes them.
constexpr std::size_t frame_content_bytes = std::size_t{2} << 20;

Error bad_frame(const File& file, std::string message) {
  Error error;
  error.code = ErrorCode::corrupt_input;
  error.message = std::move(message);
  error.file = file.name();
  return error;
}

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

const char* find_byte(const char* from, const char* end, char byte) {
  return static_cast<const char*>(std::memchr(from, byte, static_cast<std::size_t>(end - from)));
}

/// The size of the zstd frame that `stored` begins with (RFC 8878, section 3.1.1), found by its
/// header and those of its blocks; 0 if it is cut. REQUIRES: libzstd wrote it, without a
/// dictionary.
std::size_t zstd_frame_size(std::string_view stored) {
  constexpr std::array<std::size_t, 4> content_size_bytes{0, 2, 4, 8};
  if (stored.size() < 5) return 0;
  const auto descriptor = static_cast<unsigned char>(stored[4]);
  const bool is_single_segment = (descriptor & 0x20U) != 0;
  const bool has_checksum = (descriptor & 0x04U) != 0;
  std::size_t at = 5 + content_size_bytes[descriptor >> 6U];
  // One segment needs no window, and has at least one byte of size.
  if (!is_single_segment || (descriptor >> 6U) == 0) ++at;
  for (bool is_last = false; !is_last;) {
    if (at + 4 > stored.size()) return 0;
    const std::uint32_t header = read_u32_le(&stored[at]) & 0xffffffU;
    is_last = (header & 1U) != 0;
    const bool is_repeated = ((header >> 1U) & 3U) == 1;  // One byte stands for the block.
    at += 3 + (is_repeated ? 1 : header >> 3U);
  }
  at += has_checksum ? 4 : 0;
  return at <= stored.size() ? at : 0;
}

}  // namespace

void StatusSums::add(std::string_view lines) noexcept {
  const char* at = lines.data();
  const char* const end = at + lines.size();
  while (at < end) {
    const char* const line_end = find_byte(at, end, '\n');
    const char* const last = line_end != nullptr ? line_end : end;
    // CLIENT - USER [TIME] "REQUEST" STATUS BYTES: a request has no quotes in it.
    const char* const open = find_byte(at, last, '"');
    const char* const close = open != nullptr ? find_byte(open + 1, last, '"') : nullptr;
    at = last + 1;
    if (close == nullptr || last - close < 7) continue;
    const char* byte = close + 2;
    unsigned status = 0;
    while (is_digit(*byte)) status = status * 10 + static_cast<unsigned>(*byte++ - '0');
    if (byte != close + 5) continue;
    std::uint64_t bytes = 0;
    for (++byte; byte < last && is_digit(*byte); ++byte) {
      bytes = bytes * 10 + static_cast<unsigned>(*byte - '0');
    }
    groups_[status].hits += 1;
    groups_[status].bytes += bytes;
  }
}

void StatusSums::merge(const StatusSums& other) noexcept {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    groups_[i].hits += other.groups_[i].hits;
    groups_[i].bytes += other.groups_[i].bytes;
  }
}

std::string StatusSums::print() const {
  std::string text = "status,hits,bytes\n";
  for (std::size_t status = 0; status < groups_.size(); ++status) {
    const Group& group = groups_[status];
    if (group.hits == 0) continue;
    text += std::to_string(status) + "," + std::to_string(group.hits) + "," +
            std::to_string(group.bytes) + "\n";
  }
  return text;
}

Result<std::unique_ptr<FrameFeed>> FrameFeed::open(File file, std::uint64_t size_bytes,
                                                   Compression compression) {
  void* memory = mmap(nullptr, size_bytes, PROT_READ, MAP_PRIVATE, file.fd(), 0);
  if (memory == MAP_FAILED) return io_error("cannot map", errno, file.name());
  const std::string_view mapped(static_cast<const char*>(memory), size_bytes);
  std::unique_ptr<FrameFeed> feed(new FrameFeed(std::move(file), mapped, compression));
  Status indexed = feed->index();
  if (!indexed) return std::move(indexed).error();
  return feed;
}

FrameFeed::~FrameFeed() { munmap(const_cast<char*>(mapped_.data()), mapped_.size()); }

Status FrameFeed::index() {
  std::string_view rest = mapped_;
  while (!rest.empty()) {
    const auto skipped =
        compression_ == Compression::zstd ? skippable_frame_size(rest) : std::nullopt;
    if (skipped) {
      rest.remove_prefix(std::min<std::size_t>(*skipped, rest.size()));
      continue;
    }
    const std::size_t size = compression_ == Compression::gzip ? gzip_member_size(rest).value_or(0)
                                                               : zstd_frame_size(rest);
    if (size == 0 || size > rest.size()) return bad_frame(file_, "a frame does not tell its size");
    frames_.push_back({rest.substr(0, size), {}, false});
    rest.remove_prefix(size);
  }
  return Done{};
}

/// Puts the content behind the headroom; answers its size.
Result<std::size_t> FrameFeed::decode(std::string_view stored, Memory& memory) const {
  // Frames are a stream: one decoder is good for all that its thread gets.
  thread_local const std::unique_ptr<Decoder> decoder = make_decoder(compression_);
  if (memory.empty()) memory.resize(headroom_bytes + frame_content_bytes + 1);
  std::span<const char> in(stored);
  std::span<char> out = std::span<char>(memory).subspan(headroom_bytes);
  std::size_t size = 0;
  while (!out.empty()) {
    const Result<Decoder::Step> step = decoder->decode(in, out);
    if (!step) return step.error();
    in = in.subspan(step.value().consumed);
    out = out.subspan(step.value().produced);
    size += step.value().produced;
    if (!step.value().at_part_end) continue;
    if (in.empty()) return size;
    break;
  }
  return bad_frame(file_, "a frame is larger than those of sluice");
}

Result<bool> FrameFeed::next(Chunk& chunk) {
  chunk.number = next_.fetch_add(1, std::memory_order_relaxed);
  if (chunk.number >= frames_.size()) return false;
  Frame& frame = frames_[chunk.number];
  const Result<std::size_t> size = decode(frame.stored, chunk.memory);
  const bool is_last = chunk.number + 1 == frames_.size();
  std::string_view text(chunk.memory.data() + headroom_bytes, size ? size.value() : 0);
  const std::size_t lines_end = is_last ? text.size() : find_last_newline(text) + 1;
  std::string_view begun;
  {
    std::unique_lock lock(mutex_);
    failed_ = failed_ || !size || text.size() - lines_end > headroom_bytes;
    frame.begun_line = text.substr(lines_end);
    frame.is_decoded = true;
    changed_.notify_all();
    if (chunk.number > 0) {
      const Frame& before = frames_[chunk.number - 1];
      changed_.wait(lock, [&] { return before.is_decoded || failed_; });
      begun = before.begun_line;
    }
    if (!size) return size.error();
    if (failed_) return bad_frame(file_, "a line is too long, or another frame is bad");
  }
  const std::size_t first = headroom_bytes - begun.size();
  begun.copy(chunk.memory.data() + first, begun.size());
  chunk.lines = {chunk.memory.data() + first, begun.size() + lines_end};
  return true;
}

}  // namespace sluice::bench
