// How many records there are of each key, for a list of the most frequent ones.
//
// Exact up to a number of keys. Beyond it, if that is allowed, this is Space-Saving (Metwally,
// Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005)
// with many evictions at a time: when there are twice as many keys as are kept, the rarer half
// goes, and the highest count that went is what each new key starts with, since it may be one that
// has gone. A count is then never too low, and too high by at most its error, which is at most
// records / (kept keys + 1): each rise of the start by d takes d from kept + 1 counts at least.
// Merging adds both counts and errors, and so keeps this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/large_memory.h"
#include "engine/data/cell.h"
#include "stages/support/cell_hash.h"
#include "stages/support/group_table.h"

namespace sluice {

/// One thread at a time.
class TopCounts {
 public:
  enum class Overflow : bool { fail, approximate };

  /// Of keys of `key_cells` cells, of which at least `kept` are exact.
  TopCounts(std::size_t key_cells, std::size_t kept, Overflow overflow, const HashSeed& seed = {})
      : key_cells_(key_cells),
        kept_(kept),
        overflow_(overflow),
        seed_(seed),
        table_(key_cells, seed) {}

  /// Counts `rows`; `columns` has the cells of each part of the key, by row.
  void add(std::span<const Cell* const> columns, std::span<const std::uint32_t> rows);
  /// Takes in all that another one has counted. REQUIRES: made alike.
  void merge(const TopCounts& other);

  /// With Overflow::fail: no counting will do any more.
  bool has_too_many() const noexcept {
    return overflow_ == Overflow::fail && table_.size() > kept_;
  }

  struct Entry {
    std::uint32_t group = 0;
    std::uint64_t count = 0;
    std::uint64_t error = 0;  ///< The true count is from count - error to count.
  };
  /// The most frequent keys, at most `most` of them; of those that are as frequent, in their order
  /// (data/compare.h).
  std::vector<Entry> largest(std::size_t most) const;
  /// Its texts live as long as nothing is counted.
  std::span<const Cell> key(std::uint32_t group) const noexcept { return table_.key(group); }
  /// No key that is not there has more records. 0: all are there, and all counts are exact.
  std::uint64_t floor() const noexcept { return floor_; }

 private:
  using Numbers = std::vector<std::uint64_t, LargeMemory<std::uint64_t>>;

  Entry entry(std::uint32_t group) const noexcept {
    return {group, counts_[group], errors_.empty() ? 0 : errors_[group]};
  }
  void add_groups();
  void thin();
  bool is_before(const Entry& a, const Entry& b) const;

  std::size_t key_cells_;
  std::size_t kept_;
  Overflow overflow_;
  HashSeed seed_;
  GroupTable table_;
  Numbers counts_;  ///< By group.
  Numbers errors_;  ///< By group; empty: none has one.
  std::uint64_t floor_ = 0;
  std::vector<std::uint32_t> groups_;  ///< Of the rows at hand.
};

}  // namespace sluice
