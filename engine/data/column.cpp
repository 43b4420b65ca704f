#include "engine/data/column.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::size_t usual_block = std::size_t{32} << 10U;
/// Of a table: as large as a huge page.
constexpr std::size_t largest_block = std::size_t{2} << 20U;

}  // namespace

char* TextArena::allocate(std::size_t size) {
  if (size > left_) add_block(size);
  char* place = next_;
  next_ += size;
  left_ -= size;
  return place;
}

void TextArena::add_block(std::size_t size) {
  std::size_t bytes = usual_block;
  if (owner_ == Owner::table) bytes = std::clamp(total_, usual_block, largest_block);
  bytes = std::max(bytes, size);
  blocks_.push_back(make_large_block(bytes));
  total_ += bytes;
  next_ = blocks_.back().get();
  left_ = bytes;
}

}  // namespace sluice
