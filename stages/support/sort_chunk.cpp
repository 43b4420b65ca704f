#include "stages/support/sort_chunk.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

namespace sluice {
namespace {

constexpr unsigned digit_bits = 8;
constexpr std::size_t digit_values = std::size_t{1} << digit_bits;
/// From so few on comparing is faster than counting.
constexpr std::size_t few = 256;

std::size_t digit_of(std::uint64_t prefix, unsigned digit) noexcept {
  return prefix >> (digit * digit_bits) & (digit_values - 1);
}

bool lacks_line_end(std::string_view text) noexcept { return text.empty() || text.back() != '\n'; }

}  // namespace

SortChunk::SortChunk(std::size_t bytes) { grow(bytes); }

void SortChunk::grow(std::size_t bytes) {
  data_ = make_large_block(bytes);
  capacity_ = bytes;
}

std::size_t SortChunk::packed_size(const Record& record) noexcept {
  return sizeof(PackedHead) + record.key.rest.size() + record.text.size() + 1 + record.cells.size();
}

void SortChunk::begin_batch(OrderKey key) { pieces_.push_back({key, entries_.size()}); }

void SortChunk::add(const Record& record) {
  if (entries_.empty() && !has_room(record)) grow(packed_size(record));
  const bool adds_line_end = lacks_line_end(record.text);
  PackedHead head;
  head.prefix = record.key.prefix;
  head.place = {pieces_.back().key.unit, pieces_.back().key.index, record.row};
  head.rest_bytes = static_cast<std::uint32_t>(record.key.rest.size());
  head.text_bytes = static_cast<std::uint32_t>(record.text.size() + (adds_line_end ? 1 : 0));
  head.cell_bytes = static_cast<std::uint32_t>(record.cells.size());
  head.is_bad = record.is_bad ? 1 : 0;
  const auto offset = static_cast<std::uint32_t>(used_);
  char* to = data_.get() + used_;
  const auto put = [&to](const void* from, std::size_t size) {
    // An empty text may be null.
    if (size > 0) std::memcpy(to, from, size);
    to += size;
  };
  put(&head, sizeof head);
  put(record.key.rest.data(), record.key.rest.size());
  put(record.text.data(), record.text.size());
  if (adds_line_end) *to++ = '\n';
  put(record.cells.data(), record.cells.size());
  used_ = static_cast<std::size_t>(to - data_.get());
  has_rests_ = has_rests_ || !record.key.rest.empty();
  entries_.push_back({record.key.prefix, 0, offset});
}

void SortChunk::put_in_input_order() {
  const auto before = [](const Piece& a, const Piece& b) {
    return a.key.unit != b.key.unit ? a.key.unit < b.key.unit : a.key.index < b.key.index;
  };
  if (!std::is_sorted(pieces_.begin(), pieces_.end(), before)) {
    std::vector<std::size_t> order(pieces_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return before(pieces_[a], pieces_[b]); });
    scratch_.clear();
    for (const std::size_t piece : order) {
      const std::size_t end =
          piece + 1 == pieces_.size() ? entries_.size() : pieces_[piece + 1].first;
      for (std::size_t i = pieces_[piece].first; i < end; ++i) scratch_.push_back(entries_[i]);
    }
    entries_.swap(scratch_);
  }
  pieces_.clear();
  for (std::uint32_t i = 0; i < entries_.size(); ++i) entries_[i].position = i;
}

void SortChunk::sort(const SortKeyOrder& order) {
  put_in_input_order();
  if (is_sorted(order)) return;
  if (!has_rests_ && entries_.size() > few) return sort_prefixes();
  std::sort(entries_.begin(), entries_.end(), [&](const SortEntry& a, const SortEntry& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int rests = has_rests_ ? compare_rests(order, a, b) : 0;
    return rests != 0 ? rests < 0 : a.position < b.position;
  });
}

bool SortChunk::is_sorted(const SortKeyOrder& order) const {
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    const SortEntry& a = entries_[i - 1];
    const SortEntry& b = entries_[i];
    if (a.prefix > b.prefix) return false;
    if (a.prefix == b.prefix && has_rests_ && compare_rests(order, a, b) > 0) return false;
  }
  return true;
}

/// By counting, the lowest digit first; stable, so equal keys stay as they came in. Digits that all
/// have in common (the years of times, the lengths of small numbers) are skipped.
void SortChunk::sort_prefixes() {
  constexpr unsigned digits = 64 / digit_bits;
  std::uint64_t differing = 0;
  for (const SortEntry& entry : entries_) differing |= entry.prefix ^ entries_.front().prefix;
  scratch_.resize(entries_.size());
  for (unsigned digit = 0; digit < digits; ++digit) {
    if (digit_of(differing, digit) == 0) continue;
    std::array<std::uint32_t, digit_values> next{};
    for (const SortEntry& entry : entries_) ++next[digit_of(entry.prefix, digit)];
    std::exclusive_scan(next.begin(), next.end(), next.begin(), std::uint32_t{0});
    for (const SortEntry& entry : entries_) {
      scratch_[next[digit_of(entry.prefix, digit)]++] = entry;
    }
    entries_.swap(scratch_);
  }
}

int SortChunk::compare_rests(const SortKeyOrder& order, const SortEntry& a,
                             const SortEntry& b) const {
  return order.compare_rests(PackedRecord(data_.get() + a.offset).rest(),
                             PackedRecord(data_.get() + b.offset).rest());
}

void SortChunk::clear() noexcept {
  used_ = 0;
  has_rests_ = false;
  entries_.clear();
  pieces_.clear();
}

}  // namespace sluice
