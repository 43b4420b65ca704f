// Records that are results and never were lines: the text is a JSON line, and the fields are
// columns beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/units.h"
#include "engine/data/batch.h"

namespace sluice {

/// Fills one batch after the other. One thread at a time.
class ResultRecords {
 public:
  /// ExpanderPart::longest_record of who writes results.
  static constexpr ByteSize longest_record = 1_MiB;

  /// `names` are those of the fields (stage/field_path.h); it outlives the batches.
  explicit ResultRecords(std::vector<std::string> names);

  /// Takes one more result, a cell for each name, whose texts are copied; false when the batch has
  /// no room for it. An error (limit) when it is longer than a record may be.
  Result<bool> add(std::span<const Cell> cells, Batch& out);
  /// Makes what was added the content of `out`.
  void finish(Batch& out);

 private:
  std::vector<std::string> names_;
  std::vector<std::string> keys_;  ///< `"status":`
  std::string line_;
  std::size_t used_ = 0;
  std::vector<Slice> rows_;
  std::vector<Cell> cells_;  ///< Row by row.
  /// Of those cells: a batch has no texts of its own before it has its content.
  std::unique_ptr<TextArena> texts_ = std::make_unique<TextArena>();
};

}  // namespace sluice
