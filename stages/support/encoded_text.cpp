#include "stages/support/encoded_text.h"

#include <algorithm>
#include <utility>

namespace sluice {

void EncodedText::use(std::span<char> memory) noexcept {
  begin_ = at_ = record_ = memory.data();
  end_ = begin_ + memory.size();
  is_given_ = true;
  has_spilled_ = false;
}

void EncodedText::clear() noexcept {
  begin_ = at_ = record_ = own_.get();
  end_ = begin_ + own_size_;
  is_given_ = false;
  has_spilled_ = false;
}

void EncodedText::grow(std::size_t count) {
  constexpr std::size_t smallest = std::size_t{64} << 10;
  const char* const from = is_given_ ? record_ : begin_;
  const auto kept = static_cast<std::size_t>(at_ - from);
  const auto record = static_cast<std::size_t>(record_ - from);
  std::size_t size = own_size_;
  auto memory = std::move(own_);
  const bool is_moved = !is_given_;
  if (size < kept + count || is_moved) {
    size = std::max(smallest, 2 * (kept + count));
    own_ = std::make_unique_for_overwrite<char[]>(size);  // NOLINT(*-avoid-c-arrays)
  } else {
    own_ = std::move(memory);
  }
  own_size_ = size;
  if (kept > 0) std::memcpy(own_.get(), from, kept);
  has_spilled_ = has_spilled_ || is_given_;
  is_given_ = false;
  begin_ = own_.get();
  record_ = begin_ + record;
  at_ = begin_ + kept;
  end_ = begin_ + size;
}

}  // namespace sluice
