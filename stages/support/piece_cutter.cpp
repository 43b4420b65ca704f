#include "stages/support/piece_cutter.h"

#include <algorithm>

namespace sluice {

std::size_t PieceCutter::take(std::string_view text) noexcept {
  const std::size_t missing = piece_bytes_ - std::min(size_, piece_bytes_);
  std::size_t whole = 0;
  if (end_ == PieceEnd::byte) {
    text = text.substr(0, missing);
    is_full_ = text.size() == missing;
    whole = text.size();
  } else {
    const std::size_t end = text.find('\n', missing > 0 ? missing - 1 : 0);
    is_full_ = end != std::string_view::npos;
    if (is_full_) text = text.substr(0, end + 1);
    whole = text.rfind('\n') + 1;  // npos + 1 is 0.
  }
  if (whole > 0) whole_ = size_ + whole;
  size_ += text.size();
  return text.size();
}

void PieceCutter::end_piece(std::size_t size) noexcept {
  size_ -= size;
  whole_ = 0;
  is_full_ = false;
}

}  // namespace sluice
