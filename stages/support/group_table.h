// The groups of an aggregate: which records belong together, by the values of some fields.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/large_memory.h"
#include "engine/data/cell.h"
#include "engine/data/column.h"
#include "stages/support/cell_hash.h"

namespace sluice {

/// Numbers groups 0, 1, ... in the order in which their keys come. Keys are equal when their cells
/// are, numbers by their value whatever their type. Texts are copied. One thread at a time.
class GroupTable {
 public:
  /// The order of groups does not depend on `seed`.
  explicit GroupTable(std::size_t key_cells, const HashSeed& seed = {});

  /// The number of the group with this key, a new one if there was none.
  std::uint32_t find_or_add(std::span<const Cell> key);
  /// The same for many records: `columns` has the cells of each part of the key, by row, and
  /// `groups` gets the numbers of `rows`, one after the other.
  void find_or_add(std::span<const Cell* const> columns, std::span<const std::uint32_t> rows,
                   std::vector<std::uint32_t>& groups);
  /// The same for all groups of `other`, in their order; quicker if it has the same seed.
  void find_or_add(const GroupTable& other, std::vector<std::uint32_t>& groups);

  std::size_t size() const noexcept { return hashes_.size(); }
  /// The key of a group; its texts live as long as the table.
  std::span<const Cell> key(std::uint32_t group) const noexcept {
    return {cells_.data() + group * key_cells_, key_cells_};
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;    ///< The upper half of the hash.
    std::uint32_t group = 0;  ///< Plus one; 0: free.
  };

  std::uint64_t hash(std::span<const Cell> key) const noexcept;
  std::uint32_t find_or_add(std::span<const Cell> key, std::uint64_t hash);
  /// The number of the group with a small integer for its whole key; adds it if need be.
  std::uint32_t small_integer(std::int64_t value);
  void find_block(std::span<const Cell* const> columns, std::span<const std::uint32_t> rows,
                  std::uint32_t* groups);
  /// Fetches what a search for these hashes will most likely look at.
  void fetch(std::span<const std::uint64_t> hashes) const noexcept;
  std::uint32_t add(std::span<const Cell> key, std::uint64_t hash);
  void grow();

  std::size_t key_cells_;
  HashSeed seed_;
  std::vector<std::uint64_t, LargeMemory<std::uint64_t>> hashes_;  ///< Of each group.
  std::vector<Cell, LargeMemory<Cell>> cells_;                     ///< key_cells_ for each group.
  /// Open addressing; a power of two, at most half full.
  std::vector<Slot, LargeMemory<Slot>> slots_;
  std::vector<std::uint32_t> small_;  ///< Group plus one, by integer, of a key of one cell.
  std::vector<Cell> key_;             ///< Of the record at hand.
  TextArena texts_{TextArena::Owner::table};
};

}  // namespace sluice
