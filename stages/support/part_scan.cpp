#include "stages/support/part_scan.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "stages/support/gzip_format.h"
#include "stages/support/little_endian.h"
#include "stages/support/zstd_dictionary.h"
#include "stages/support/zstd_format.h"

namespace sluice {
namespace {

/// Holds any header that is worth looking at, and many small parts.
constexpr std::size_t window_bytes = 4096;
constexpr std::size_t zstd_checksum_bytes = 4;

}  // namespace

PartScanner::PartScanner(const File& file, Compression compression, std::uint64_t begin,
                         std::uint64_t end, const CodecSettings& settings,
                         std::shared_ptr<const XzBlocks> blocks)
    : file_(file),
      compression_(compression),
      dictionary_(settings.dictionary == nullptr ? 0 : settings.dictionary->id()),
      offset_(begin),
      end_(end),
      blocks_(std::move(blocks)),
      window_(window_bytes) {}

Result<std::vector<StoredPart>> PartScanner::next_group(const PartLimits& limits) {
  std::vector<StoredPart> group;
  std::size_t content = 0;
  std::size_t stored = 0;
  while (true) {
    const std::uint64_t end_of_group = offset_;
    if (!ahead_) {
      Result<std::optional<StoredPart>> found = find_part(limits);
      if (!found) return std::move(found).error();
      ahead_ = found.value();
    }
    if (!ahead_) return group;
    const bool fits = group.size() < most_parts_of_group &&
                      content + ahead_->content <= limits.group_content &&
                      stored + ahead_->size <= limits.group_content + part_overhead_bytes &&
                      ahead_->offset == end_of_group;
    if (!group.empty() && !fits) return group;
    content += ahead_->content;
    stored += ahead_->size;
    offset_ = ahead_->offset + ahead_->size;
    group.push_back(*ahead_);
    ahead_.reset();
  }
}

Result<std::string_view> PartScanner::look(std::uint64_t offset, std::size_t count) {
  const auto left = static_cast<std::size_t>(std::min<std::uint64_t>(end_ - offset, window_bytes));
  count = std::min(count, left);
  const bool inside = offset >= window_offset_ && offset + count <= window_offset_ + window_size_;
  if (!inside) {
    const Result<std::size_t> got = file_.read_at(std::span(window_).first(left), offset);
    if (!got) return got.error();
    window_offset_ = offset;
    window_size_ = got.value();
  }
  const auto at = static_cast<std::size_t>(offset - window_offset_);
  return std::string_view(window_.data(), window_size_).substr(at);
}

Result<std::optional<StoredPart>> PartScanner::find_part(const PartLimits& limits) {
  if (compression_ == Compression::gzip) return find_member(limits);
  if (compression_ == Compression::xz) return find_block(limits);
  if (compression_ != Compression::zstd) return std::optional<StoredPart>();
  const Result<bool> skipped = skip_frames();
  if (!skipped) return skipped.error();
  if (!skipped.value()) return std::optional<StoredPart>();
  return find_frame(limits);
}

// Reads from the trailer of a member on: the header of the next one is then there as well.
Result<std::optional<StoredPart>> PartScanner::find_member(const PartLimits& limits) {
  const std::optional<StoredPart> none;
  if (at_end()) return none;
  const Result<std::string_view> front = look(offset_, gzip_probe_bytes);
  if (!front) return front.error();
  const std::string_view probe = front.value().substr(0, gzip_probe_bytes);
  GzipHeaderParser header;
  const std::size_t header_bytes = header.take({probe.data(), probe.size()});
  const std::optional<std::uint32_t> size = gzip_member_size(probe);
  if (!header.complete() || !size) return none;
  if (*size < header_bytes + gzip_trailer_size_bytes || *size > end_ - offset_ ||
      *size > limits.part_content + part_overhead_bytes) {
    return none;
  }
  const Result<std::string_view> trailer =
      look(offset_ + *size - gzip_trailer_size_bytes, gzip_trailer_size_bytes);
  if (!trailer) return trailer.error();
  if (trailer.value().size() < gzip_trailer_size_bytes) return none;
  const std::size_t content = read_u32_le(trailer.value().data() + 4);
  if (content > limits.part_content) return none;
  return std::optional(StoredPart{offset_, *size, content, true, {}});
}

/// True when there is something behind the skippable frames at offset_, or none of them.
Result<bool> PartScanner::skip_frames() {
  while (!at_end()) {
    const Result<std::string_view> front = look(offset_, zstd_skippable_header_bytes);
    if (!front) return front.error();
    const std::optional<std::uint64_t> size = skippable_frame_size(front.value());
    if (!size) return true;
    if (*size > end_ - offset_) return false;
    offset_ += *size;
  }
  return false;
}

Result<std::optional<StoredPart>> PartScanner::find_frame(const PartLimits& limits) {
  const std::optional<StoredPart> none;
  const Result<std::string_view> front = look(offset_, zstd_header_limit_bytes);
  if (!front) return front.error();
  const std::optional<ZstdFrameHeader> header = read_zstd_header(front.value());
  if (!header || (header->dictionary != 0 && header->dictionary != dictionary_) ||
      header->window > std::uint64_t{1} << zstd_window_log_limit ||
      header->content.value_or(0) > limits.part_content) {
    return none;
  }
  std::uint64_t size = header->size;
  std::uint64_t content = 0;
  for (bool last = false; !last;) {
    if (size > end_ - offset_) return none;
    const Result<std::string_view> bytes = look(offset_ + size, zstd_block_header_bytes);
    if (!bytes) return bytes.error();
    if (bytes.value().size() < zstd_block_header_bytes) return none;
    const auto block = read_zstd_block(bytes.value(), header->block_limit());
    if (!block) return none;
    last = block->last;
    size += zstd_block_header_bytes + block->stored;
    content += block->content;
    if (size > limits.part_content + part_overhead_bytes) return none;
  }
  if (header->checksum) size += zstd_checksum_bytes;
  if (header->content) content = *header->content;
  if (size > end_ - offset_ || content > limits.part_content) return none;
  return std::optional(StoredPart{offset_,
                                  static_cast<std::size_t>(size),
                                  static_cast<std::size_t>(content),
                                  header->content.has_value(),
                                  {}});
}

// A stream is taken or left as a whole, as what is left is decoded from the header of a stream on.
Result<std::optional<StoredPart>> PartScanner::find_block(const PartLimits& limits) {
  const std::optional<StoredPart> none;
  if (at_end()) return none;
  if (blocks_ == nullptr) {
    Result<XzBlocks> read = XzBlocks::read(file_, end_);
    if (!read) return std::move(read).error();
    blocks_ = std::make_shared<const XzBlocks>(std::move(read).value());
  }
  const auto& blocks = blocks_->blocks();
  const auto block =
      std::lower_bound(blocks.begin(), blocks.end(), offset_,
                       [](const XzBlocks::Block& a, std::uint64_t b) { return a.offset < b; });
  const bool is_behind_block = block != blocks.begin() && std::prev(block)->end() == offset_;
  if (block == blocks.end()) {
    if (is_behind_block) offset_ = end_;
    return none;
  }
  const XzBlocks::Stream& stream = blocks_->streams()[block->stream];
  if (!is_behind_block && offset_ != stream.offset) return none;
  const bool fits = stream.is_known_check && stream.largest_content <= limits.part_content &&
                    stream.largest_size <= limits.part_content + part_overhead_bytes;
  if (!fits) {
    offset_ = std::max(offset_, stream.offset);
    return none;
  }
  return std::optional(StoredPart{block->offset, static_cast<std::size_t>(block->size),
                                  static_cast<std::size_t>(block->content), true, stream.check});
}

}  // namespace sluice
