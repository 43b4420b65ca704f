#include "stages/support/xz_layout.h"

#include <lzma.h>

#include <algorithm>

namespace sluice {

std::size_t XzLayout::piece_bytes(std::span<const char> in) const noexcept {
  if (field_ == Field::index) return in.size();
  if (field_ != Field::chunk_data) return std::min<std::size_t>(in.size(), 1);
  return static_cast<std::size_t>(std::min<std::uint64_t>(in.size(), left_));
}

void XzLayout::take(std::span<const char> taken) noexcept {
  if (field_ == Field::index) return;
  if (field_ != Field::chunk_data) {
    for (const char byte : taken) take_byte(static_cast<std::uint8_t>(byte));
    return;
  }
  block_bytes_ += taken.size();
  left_ -= taken.size();
  if (left_ == 0) field_ = Field::chunk_control;
}

void XzLayout::take_byte(std::uint8_t byte) noexcept {
  switch (field_) {
    case Field::stream_header:
      // The kind of check is in the lower half of byte 7 of 12.
      if (left_ == 5) check_ = byte & 0x0fU;
      if (--left_ == 0) field_ = Field::block_size;
      break;
    case Field::block_size:
      block_bytes_ = 0;
      left_ = std::uint64_t{byte} * 4 + 3;
      field_ = byte == 0 ? Field::index : Field::block_header;
      break;
    case Field::block_header:
      if (--left_ == 0) field_ = Field::chunk_control;
      break;
    case Field::chunk_control:
      ++block_bytes_;
      begin_chunk(byte);
      break;
    case Field::chunk_header:
      ++block_bytes_;
      // The last two of the bytes with sizes are that of the data, less one.
      if (header_bytes_++ < (has_data_size_ ? 4U : 2U)) sizes_ = sizes_ << 8U | byte;
      if (--left_ > 0) break;
      left_ = (sizes_ & 0xffffU) + 1;
      field_ = Field::chunk_data;
      break;
    case Field::block_end:
      if (--left_ == 0) field_ = Field::block_size;
      break;
    case Field::chunk_data:
    case Field::index:
      break;
  }
}

void XzLayout::begin_chunk(std::uint8_t control) noexcept {
  constexpr std::uint8_t compressed = 0x80;
  constexpr std::uint8_t with_properties = 0xc0;
  if (control == 0) {
    left_ = (4 - block_bytes_ % 4) % 4 + lzma_check_size(static_cast<lzma_check>(check_));
    field_ = left_ == 0 ? Field::block_size : Field::block_end;
    return;
  }
  has_data_size_ = control >= compressed;
  left_ = !has_data_size_ ? 2 : control >= with_properties ? 5 : 4;
  sizes_ = 0;
  header_bytes_ = 0;
  field_ = Field::chunk_header;
}

}  // namespace sluice
