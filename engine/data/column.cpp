#include "engine/data/column.h"

#include <algorithm>

namespace sluice {

char* TextArena::allocate(std::size_t size) {
  if (size > left_) {
    const std::size_t bytes = std::max(size, block_bytes);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(bytes));  // NOLINT(*-c-arrays)
    next_ = blocks_.back().get();
    left_ = bytes;
  }
  char* place = next_;
  next_ += size;
  left_ -= size;
  return place;
}

}  // namespace sluice
