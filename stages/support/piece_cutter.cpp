#include "stages/support/piece_cutter.h"

#include <algorithm>

namespace sluice {

std::size_t PieceCutter::take(std::string_view text) {
  const std::size_t missing = piece_bytes_ - std::min(text_.size(), piece_bytes_);
  std::size_t whole = text.size();
  if (end_ == PieceEnd::byte) {
    whole = std::min(whole, missing);
    is_full_ = whole == missing;
    text = text.substr(0, whole);
  } else {
    const std::size_t end = text.find('\n', missing > 0 ? missing - 1 : 0);
    is_full_ = end != std::string_view::npos;
    if (is_full_) text = text.substr(0, end + 1);
    whole = text.rfind('\n') + 1;  // npos + 1 is 0.
  }
  if (whole > 0) whole_ = text_.size() + whole;
  text_.append(text);
  return text.size();
}

void PieceCutter::end_piece(std::size_t size) {
  text_.erase(0, size);
  whole_ -= std::min(whole_, size);
  is_full_ = false;
}

}  // namespace sluice
