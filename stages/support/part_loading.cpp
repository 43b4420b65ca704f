#include "stages/support/part_loading.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "engine/data/scan.h"

namespace sluice {
namespace {

/// What is read at once behind the end of a group: the first block of a usual frame.
constexpr std::size_t tail_read_bytes = std::size_t{16} << 10U;
/// gzip's decoder goes as far as its input allows, whatever is asked of it.
constexpr std::size_t gzip_tail_piece_bytes = 512;
constexpr std::size_t first_step_bytes = 4096;
constexpr std::size_t surplus_limit_bytes = std::size_t{1} << 20U;

Error corrupt(Compression compression, const std::string& what, std::uint64_t offset) {
  Error error;
  error.code = ErrorCode::corrupt_input;
  error.message = std::string(name_of(compression)) + ": " + what;
  error.offset = offset;
  return error;
}

}  // namespace

PartLimits part_limits(const Buffer& buffer, const FramingOptions& options) noexcept {
  const std::size_t usual_tail = first_step_bytes;
  const std::size_t buffer_size = buffer.size();
  const std::size_t beside = longest_record(options).bytes + (8U << 10U);
  const std::size_t room = buffer.capacity() - std::min(beside, buffer.capacity());
  return {std::max(room, buffer_size),
          buffer_size > 2 * usual_tail ? buffer_size - usual_tail : buffer_size};
}

/// The text of a group while it grows at the front of a buffer.
class PartLoader::Text {
 public:
  /// `whole`: it does not begin in the middle of a line.
  Text(Buffer& buffer, const FramingOptions& options, bool whole) noexcept
      : buffer_(buffer),
        lines_(options.framing == Framing::lines),
        decisive_(static_cast<std::size_t>(decisive_length(options))),
        dropping_(lines_ && !whole) {}

  std::size_t room() const noexcept { return buffer_.capacity() - used_; }
  std::span<char> next(std::size_t count) noexcept { return buffer_.room().subspan(used_, count); }
  /// Where the next bytes lie in the content of the group.
  std::uint64_t position() const noexcept { return position_; }
  /// The next bytes lie behind a part that is damaged, whose content goes up to there; nothing:
  /// nobody knows how far, and the largest place is as good as any other.
  void set_position(std::uint64_t position, bool is_known) noexcept {
    position_ = position;
    content_known_ = content_known_ && is_known;
  }
  /// No part of the group is left.
  void end_group() noexcept {
    if (content_known_) content_ = position_;
  }

  /// Takes the first `count` bytes of next(), but for the rest of a line of somebody else's.
  void add(std::size_t count) {
    buffer_.touch(used_ + count);
    const std::uint64_t position = position_;
    position_ += count;
    std::size_t skipped = 0;
    if (dropping_) {
      const std::size_t newline = find_newline({buffer_.data() + used_, count});
      if (newline == npos) return;
      skipped = newline + 1;
      dropping_ = false;
    }
    count -= skipped;
    char* added = buffer_.data() + used_;
    if (used_ == begin_) {
      begin_ = used_ += skipped;
      complete_ = begin_;
      offset_ = position + skipped;
      added += skipped;
    } else if (skipped > 0) {
      std::memmove(added, added + skipped, count);
    }
    used_ += count;
    const std::size_t newline = lines_ ? find_last_newline({added, count}) : npos;
    if (newline != npos) complete_ = static_cast<std::size_t>(added - buffer_.data()) + newline + 1;
  }

  /// The bytes behind are lost, and with them the line that reaches there, unless it is known to be
  /// too long: then nobody will see more of it.
  void break_off() noexcept {
    if (!lines_) return;
    if (is_open() && missing() == 0 && room() > 0) {
      buffer_.data()[used_++] = '\n';
      buffer_.touch(used_);
      complete_ = used_;
    }
    used_ = complete_;
    dropping_ = true;
  }

  /// True when there is a line, perhaps without a byte so far, that goes on behind the group.
  bool is_open() const noexcept { return lines_ && !dropping_; }
  /// How many more bytes without LF show that the open line is too long.
  std::size_t missing() const noexcept {
    return decisive_ - std::min(decisive_, used_ - complete_);
  }

  Loaded take() noexcept {
    return {buffer_.room().subspan(begin_, used_ - begin_), offset_, content_};
  }

 private:
  Buffer& buffer_;
  bool lines_;
  std::size_t decisive_;
  bool dropping_;
  std::size_t begin_ = 0;
  std::size_t complete_ = 0;  ///< Where the last whole line ends.
  std::size_t used_ = 0;
  std::uint64_t position_ = 0;  ///< Of the next bytes, in the content of the group.
  std::uint64_t offset_ = 0;    ///< Of the first byte of the text, there.
  bool content_known_ = true;
  std::optional<std::uint64_t> content_;
};

Result<PartLoader::Loaded> PartLoader::load(const File& file, const PartGroup& group,
                                            Buffer& buffer) {
  if (compression_ != group.compression) {
    compression_ = group.compression;
    part_decoder_ = make_part_decoder(compression_, settings_);
    decoder_.reset();
  }
  Status read = read_stored(file, group);
  if (!read) return std::move(read).error();

  Text text(buffer, options_, group.first);
  const std::uint64_t start = group.parts.front().offset;
  for (const StoredPart& part : group.parts) {
    const auto at = std::min(static_cast<std::size_t>(part.offset - start), stored_size_);
    const std::span<const char> stored(stored_.data() + at, std::min(part.size, stored_size_ - at));
    Status loaded = load_part(file, part, stored, group.first && part.offset == start, text);
    if (!loaded) return std::move(loaded).error();
  }
  text.end_group();
  if (text.is_open()) {
    Status ended = load_line_end(file, group, part_limits(buffer, options_), text);
    if (!ended) return std::move(ended).error();
  }
  return text.take();
}

/// Reads the stored bytes of the group, and a little more to find the end of its last line in.
Status PartLoader::read_stored(const File& file, const PartGroup& group) {
  const StoredPart& last = group.parts.back();
  const std::uint64_t begin = group.parts.front().offset;
  const std::uint64_t end = std::min(last.offset + last.size + tail_read_bytes, group.file_end);
  const auto size = static_cast<std::size_t>(end - begin);
  if (stored_.size() < size) stored_.resize(size);
  const Result<std::size_t> count = file.read_at(std::span(stored_).first(size), begin);
  if (!count) return count.error();
  stored_offset_ = begin;
  stored_size_ = count.value();
  return Done{};
}

Status PartLoader::load_part(const File& file, const StoredPart& part, std::span<const char> stored,
                             bool first, Text& text) {
  if (part.content > text.room()) {
    Error error;
    error.message = "a part does not fit its buffer";
    error.file = file.name();
    return error;
  }
  const std::uint64_t position = text.position();
  Decoded decoded = decode(part, stored, first, text.next(part.content));
  if (!decoded.damage) {
    text.add(decoded.size);
    return Done{};
  }
  *decoded.damage = behind_content(*std::move(decoded.damage), decoded.size, part.offset);
  decoded.damage->file = file.name();
  if (on_corrupt_ == OnCorrupt::fail) return *std::move(decoded.damage);
  context_.warn("corrupt_tail", 1, to_string(*decoded.damage));
  text.add(decoded.size);
  text.break_off();
  text.set_position(position + part.content, part.content_known);
  return Done{};
}

PartLoader::Decoded PartLoader::decode(const StoredPart& part, std::span<const char> stored,
                                       bool first, std::span<char> out) {
  if (part_decoder_ != nullptr) {
    const std::optional<std::size_t> size = part_decoder_->decode(stored, out);
    if (size && stored.size() == part.size) return {*size, std::nullopt};
  }
  return decode_slowly(part, stored, first, out);
}

/// Decodes a part, or what is in front of its damage, and finds out what is wrong with it.
PartLoader::Decoded PartLoader::decode_slowly(const StoredPart& part, std::span<const char> stored,
                                              bool first, std::span<char> out) {
  Decoder& decoder = decoder_at(part.offset, !first, part.xz_check);
  // More content than there may be is damage. What comes of it is thrown away, for a while: as a
  // rule the decoder then says where the damage is.
  std::array<char, 4096> surplus{};
  std::size_t surplus_bytes = 0;
  std::size_t taken = 0;
  std::size_t good = 0;
  while (true) {
    const bool full = good == out.size();
    const std::span<char> to = full ? std::span<char>(surplus) : out.subspan(good);
    const Result<Decoder::Step> step = decoder.decode(stored.subspan(taken), to);
    if (!step) return {good, step.error()};
    const auto [consumed, produced, at_part_end] = step.value();
    taken += consumed;
    if (full) {
      surplus_bytes += produced;
    } else {
      good += produced;
    }
    if (surplus_bytes > surplus_limit_bytes || (surplus_bytes > 0 && at_part_end)) {
      return {good, corrupt(compression_, "more content than its size says", part.offset)};
    }
    if (at_part_end) {
      if (taken != part.size) {
        return {good, corrupt(compression_, "ends before its size says it does", part.offset)};
      }
      if (part.content_known && good < part.content) {
        return {good, corrupt(compression_, "less content than its size says", part.offset)};
      }
      return {good, std::nullopt};
    }
    if (taken == stored.size() && produced < to.size()) {
      const bool cut = stored.size() < part.size;
      return {good,
              corrupt(compression_, cut ? "ends too early" : "goes on where its size says it ends",
                      part.offset + taken)};
    }
  }
}

PartLoader::Stretch PartLoader::stretch_of(const StoredPart& part) {
  return {part.offset, part.offset + part.size, part.content, part.xz_check};
}

/// Goes on behind the group up to the end of its last line, and no further than it takes to see
/// that the line is too long. Damage there is counted by whoever has that part.
///
/// Parts are kept to their borders and sizes as in load_part, or damage would reach further here
/// than there.
Status PartLoader::load_line_end(const File& file, const PartGroup& group, const PartLimits& limits,
                                 Text& text) {
  Stretch stretch{group.rest, group.file_end, std::nullopt, std::nullopt};
  if (group.next) stretch = stretch_of(*group.next);
  while (true) {
    Result<bool> ended = decode_front(file, stretch, text);
    if (!ended && ended.error().code == ErrorCode::corrupt_input &&
        on_corrupt_ == OnCorrupt::keep) {
      text.break_off();
      return Done{};
    }
    if (!ended) {
      ended.error().file = file.name();
      return std::move(ended).error();
    }
    if (ended.value() || !stretch.content) return Done{};
    // As a rule the line has ended by now.
    PartScanner scanner(file, compression_, stretch.end, group.file_end, settings_, group.blocks);
    const auto found = scanner.next_group({limits.part_content, 0});
    if (!found) return found.error();
    if (found.value().empty()) {
      if (scanner.at_end()) return Done{};
      stretch = {scanner.offset(), group.file_end, std::nullopt, std::nullopt};
    } else {
      stretch = stretch_of(found.value().front());
    }
  }
}

/// Decodes until the open line ends or is known to be too long: true. False: the stretch ends.
Result<bool> PartLoader::decode_front(const File& file, const Stretch& stretch, Text& text) {
  Decoder& decoder = decoder_at(stretch.begin, true, stretch.xz_check);
  std::uint64_t offset = stretch.begin;
  std::uint64_t content = 0;
  const auto told = [&](Error error) {
    return behind_content(std::move(error), content, stretch.begin);
  };
  std::array<char, 64> surplus{};
  for (std::size_t step_bytes = first_step_bytes;;) {
    const std::uint64_t left = stretch.content.value_or(content + step_bytes) - content;
    const std::size_t wanted = std::min({step_bytes, text.missing(), text.room()});
    if (wanted == 0) return true;
    const std::span<char> out =
        left > 0 ? text.next(std::min<std::uint64_t>(left, wanted)) : std::span<char>(surplus);
    Result<std::span<const char>> in = look(file, offset, stretch.end);
    if (!in) return std::move(in).error();
    const std::size_t given = compression_ == Compression::gzip
                                  ? std::min(in.value().size(), gzip_tail_piece_bytes)
                                  : in.value().size();
    const Result<Decoder::Step> step = decoder.decode(in.value().first(given), out);
    if (!step) return told(step.error());
    const auto [consumed, produced, at_part_end] = step.value();
    offset += consumed;
    content += produced;
    if (left == 0 && produced > 0) {
      return told(corrupt(compression_, "too much content", stretch.begin));
    }
    const std::size_t newline = left > 0 ? find_newline({out.data(), produced}) : npos;
    if (left > 0) text.add(newline == npos ? produced : newline + 1);
    if (newline != npos) return true;
    if (at_part_end && stretch.content) {
      if (offset == stretch.end) return false;
      return told(corrupt(compression_, "ends before its size says it does", stretch.begin));
    }
    if (produced == out.size()) {
      step_bytes *= 2;
    } else if (given == 0) {
      if (stretch.content) {
        return told(corrupt(compression_, "ends too early", offset));
      }
      const Status finished = decoder.finish();
      if (!finished) return told(finished.error());
      return false;
    }
  }
}

/// The bytes of the file from `offset` on, some of them, but none from `end` on.
Result<std::span<const char>> PartLoader::look(const File& file, std::uint64_t offset,
                                               std::uint64_t end) {
  if (offset >= end) return std::span<const char>();
  if (offset < stored_offset_ || offset >= stored_offset_ + stored_size_) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(tail_read_bytes, end - offset));
    if (stored_.size() < size) stored_.resize(size);
    const Result<std::size_t> count = file.read_at(std::span(stored_).first(size), offset);
    if (!count) return count.error();
    stored_offset_ = offset;
    stored_size_ = count.value();
  }
  const auto at = static_cast<std::size_t>(offset - stored_offset_);
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(stored_size_ - at, end - offset));
  return std::span<const char>(stored_).subspan(at, size);
}

/// The streaming decoder, with `offset` bytes of the file in front of it.
Decoder& PartLoader::decoder_at(std::uint64_t offset, bool behind_parts,
                                std::optional<std::uint8_t> xz_check) {
  if (decoder_ == nullptr) decoder_ = make_decoder(compression_, settings_);
  if (xz_check) {
    decoder_->restart_at_block(offset, *xz_check);
  } else {
    decoder_->restart(offset, behind_parts);
  }
  return *decoder_;
}

}  // namespace sluice
