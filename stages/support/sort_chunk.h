// Records that are sorted together in memory: a part of what a sort has taken in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/large_memory.h"
#include "engine/data/origin.h"
#include "stages/support/packed_record.h"
#include "stages/support/sort_key.h"

namespace sluice {

/// One record of a chunk: what most comparisons need, and where the rest is.
struct SortEntry {
  std::uint64_t prefix = 0;
  std::uint32_t position = 0;  ///< In the order of the input, from sort() on.
  std::uint32_t offset = 0;    ///< Of the packed record.
};

/// One thread at a time. Memory is kept for the next records when it is cleared.
class SortChunk {
 public:
  /// What is asked for one packed record after the other.
  struct Record {
    SortKeyView key;
    std::string_view text;  ///< Packed with a line end, if it has none.
    std::string_view cells;
    std::uint32_t row = 0;
    bool is_bad = false;
  };

  /// Room for `bytes` of packed records.
  explicit SortChunk(std::size_t bytes);

  bool empty() const noexcept { return entries_.empty(); }
  bool has_room(const Record& record) const noexcept {
    return used_ + packed_size(record) <= capacity_;
  }
  /// The records that follow are of the batch with this key.
  void begin_batch(OrderKey key);
  /// Makes room for a record that is larger than all of an empty chunk.
  void add(const Record& record);

  /// Sorts by key, and records of equal keys as they came in.
  void sort(const SortKeyOrder& order);

  std::span<const SortEntry> entries() const noexcept { return entries_; }
  const char* data() const noexcept { return data_.get(); }
  /// Of memory that it takes.
  std::size_t memory() const noexcept {
    return capacity_ + (entries_.capacity() + scratch_.capacity()) * sizeof(SortEntry);
  }
  std::size_t used() const noexcept { return used_; }
  void clear() noexcept;
  /// Gives memory back that only sorting needs.
  void drop_scratch() noexcept { Entries().swap(scratch_); }

 private:
  using Entries = std::vector<SortEntry, LargeMemory<SortEntry>>;
  struct Piece {
    OrderKey key;
    std::size_t first = 0;  ///< In entries_.
  };
  static std::size_t packed_size(const Record& record) noexcept;
  void grow(std::size_t bytes);
  void put_in_input_order();
  bool is_sorted(const SortKeyOrder& order) const;
  void sort_prefixes();
  int compare_rests(const SortKeyOrder& order, const SortEntry& a, const SortEntry& b) const;

  LargeBlock data_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  bool has_rests_ = false;
  Entries entries_;
  Entries scratch_;
  std::vector<Piece> pieces_;
};

}  // namespace sluice
