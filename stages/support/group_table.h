// The groups of an aggregate: which records belong together, by the values of some fields.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/cell.h"
#include "engine/data/column.h"

namespace sluice {

/// Numbers groups 0, 1, ... in the order in which their keys come. Keys are equal when their cells
/// are, numbers by their value whatever their type. Texts are copied. One thread at a time.
class GroupTable {
 public:
  explicit GroupTable(std::size_t key_cells) : key_cells_(key_cells) {}

  /// The number of the group with this key, a new one if there was none.
  std::uint32_t find_or_add(std::span<const Cell> key);

  std::size_t size() const noexcept { return groups_.size(); }
  /// The key of a group; its texts live as long as the table.
  std::span<const Cell> key(std::uint32_t group) const noexcept {
    return {cells_.data() + group * key_cells_, key_cells_};
  }

 private:
  struct Group {
    std::uint64_t hash = 0;
    std::string_view bytes;  ///< The key as one string of bytes, in texts_.
  };

  void encode(std::span<const Cell> key);
  std::uint32_t add(std::span<const Cell> key, std::uint64_t hash);
  void grow();

  std::size_t key_cells_;
  std::string encoded_;
  std::vector<Group> groups_;
  std::vector<Cell> cells_;           ///< key_cells_ for each group.
  std::vector<std::uint32_t> slots_;  ///< Open addressing: group + 1, or 0. A power of two.
  TextArena texts_;
};

}  // namespace sluice
