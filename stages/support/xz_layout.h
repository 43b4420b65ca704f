// Where the chunks of LZMA2 begin and end in a stream of xz (the .xz file format, version 1.2.0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice {

/// Follows a stream without decoding it, and says in what pieces liblzma is to get it.
///
/// Given bytes behind the end of a damaged chunk, the library takes some of them for its data
/// before it notices, and how many and what it makes of them depends on how many there are. So no
/// piece has bytes from both sides of such an end, and what follows it comes byte by byte up to the
/// next data.
class XzLayout {
 public:
  /// The most bytes from the front of `in` for the next piece; at least one of them.
  std::size_t piece_bytes(std::span<const char> in) const noexcept;
  /// What comes next is the data of a chunk, or the index.
  bool is_inside_data() const noexcept {
    return field_ == Field::chunk_data || field_ == Field::index;
  }
  /// A block ended, and nothing behind it was taken.
  bool is_behind_block() const noexcept { return field_ == Field::block_size && block_bytes_ > 0; }
  /// These were taken, all of one piece or its front.
  void take(std::span<const char> taken) noexcept;

 private:
  enum class Field : std::uint8_t {
    stream_header,
    block_size,    ///< Of the header; or the start of the index.
    block_header,  ///< The rest of it.
    chunk_control,
    chunk_header,
    chunk_data,
    block_end,  ///< Padding and check.
    index,      ///< And all behind it.
  };

  void take_byte(std::uint8_t byte) noexcept;
  void begin_chunk(std::uint8_t control) noexcept;

  Field field_ = Field::stream_header;
  std::uint64_t left_ = 12;        ///< Bytes of the field.
  std::uint64_t block_bytes_ = 0;  ///< Of compressed data, so far.
  std::uint8_t check_ = 0;         ///< Its kind.
  bool has_data_size_ = false;     ///< The chunk is compressed: its header has two sizes.
  std::uint32_t sizes_ = 0;        ///< The bytes of the chunk's header so far.
  unsigned header_bytes_ = 0;
};

}  // namespace sluice
