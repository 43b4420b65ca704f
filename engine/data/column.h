// Fields of a batch. A column has one cell per row of the record table, whether the row is still
// selected or not, so that a filter never moves a cell.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/base/large_memory.h"
#include "engine/data/cell.h"

namespace sluice {

struct Column {
  /// The field's path (stage/field_path.h). Belongs to the stage that made the column.
  std::string_view name;
  std::vector<Cell> cells;
};

/// Memory for texts of cells that are not in a batch's bytes as they are: a JSON string with
/// escapes, a redacted text. As much as its stages write: unescaping makes texts shorter. Grows by
/// blocks, so that what it gave out stays where it is. One thread at a time.
class TextArena {
 public:
  /// Whose texts: a batch's are gone soon, a table's stay and may be many.
  enum class Owner : bool { batch, table };

  explicit TextArena(Owner owner = Owner::batch) noexcept : owner_(owner) {}
  /// Room for `size` bytes.
  char* allocate(std::size_t size);

 private:
  void add_block(std::size_t size);

  Owner owner_;
  std::vector<LargeBlock> blocks_;
  std::size_t total_ = 0;  ///< Bytes of all blocks.
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace sluice
