#include "stages/support/xz_blocks.h"

#include <lzma.h>

#include <algorithm>
#include <array>
#include <span>

namespace sluice {
namespace {

/// What liblzma may need for the indexes: those of about half a million blocks.
constexpr std::uint64_t memory_limit_bytes = std::uint64_t{8} << 20U;

/// The indexes of a file, combined by liblzma, which says what it wants to read next.
class IndexReader {
 public:
  IndexReader() = default;
  IndexReader(const IndexReader&) = delete;
  IndexReader& operator=(const IndexReader&) = delete;
  ~IndexReader() {
    lzma_index_end(index_, nullptr);
    lzma_end(&stream_);
  }

  /// Null: there is something else in the file.
  Result<const lzma_index*> read(const File& file, std::uint64_t end) {
    const lzma_index* const none = nullptr;
    if (lzma_file_info_decoder(&stream_, &index_, memory_limit_bytes, end) != LZMA_OK) return none;
    std::array<char, 4096> piece{};
    std::uint64_t offset = 0;
    while (true) {
      if (stream_.avail_in == 0) {
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), end - offset));
        const Result<std::size_t> got = file.read_at(std::span(piece).first(count), offset);
        if (!got) return got.error();
        if (got.value() == 0) return none;
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(piece.data());
        stream_.avail_in = got.value();
        offset += got.value();
      }
      const lzma_ret outcome = lzma_code(&stream_, LZMA_RUN);
      if (outcome == LZMA_STREAM_END) return index_;
      if (outcome == LZMA_SEEK_NEEDED) {
        offset = stream_.seek_pos;
        stream_.avail_in = 0;
      } else if (outcome != LZMA_OK) {
        return none;
      }
    }
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  lzma_index* index_ = nullptr;
};

}  // namespace

Result<XzBlocks> XzBlocks::read(const File& file, std::uint64_t end) {
  IndexReader reader;
  const Result<const lzma_index*> index = reader.read(file, end);
  if (!index) return index.error();
  XzBlocks all;
  if (index.value() == nullptr) return all;
  all.blocks_.reserve(static_cast<std::size_t>(lzma_index_block_count(index.value())));
  lzma_index_iter place;
  lzma_index_iter_init(&place, index.value());
  while (!lzma_index_iter_next(&place, LZMA_INDEX_ITER_BLOCK)) {
    if (all.streams_.empty() || place.block.number_in_stream == 1) {
      const lzma_check check = place.stream.flags->check;
      all.streams_.push_back({place.stream.compressed_offset, static_cast<std::uint8_t>(check),
                              lzma_check_is_supported(check) != 0, 0, 0});
    }
    Stream& stream = all.streams_.back();
    stream.largest_size = std::max(stream.largest_size, place.block.total_size);
    stream.largest_content = std::max(stream.largest_content, place.block.uncompressed_size);
    all.blocks_.push_back({place.block.compressed_file_offset, place.block.total_size,
                           place.block.uncompressed_size, all.streams_.size() - 1});
  }
  return all;
}

}  // namespace sluice
