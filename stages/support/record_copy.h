// Copies of records, for transforms that serve them later or under another token: the text, the
// fields and what they refer to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/data/batch.h"

namespace sluice {

/// Records of one batch, wherever they lie. Refers to what it was made of.
struct RecordsView {
  std::string_view bytes;
  std::span<const Slice> rows;
  std::span<const std::uint32_t> selection;
  std::span<const Column> columns;
  std::span<const std::uint32_t> bad_rows;

  /// REQUIRES: batch.is_table().
  static RecordsView of(const Batch& batch) noexcept {
    return {batch.bytes(), batch.rows(), batch.selection(), batch.columns(), batch.bad_rows()};
  }
};

/// `cell` for a record whose text was moved from `text` to `moved`. A text that lies elsewhere is
/// copied to the arena.
Cell moved_cell(const Cell& cell, std::string_view text, const char* moved, TextArena& arena);

/// Copies wanted records, from number `first` of the selection on and at most `count`, into the
/// buffer of `out`, as a table. Answers how many fitted: at least one. An error (limit) when a
/// record is longer than the buffer. REQUIRES: first is less than the number of wanted records,
/// count > 0.
Result<std::size_t> copy_records(const RecordsView& from, std::size_t first, std::size_t count,
                                 Batch& out);

/// Records held in memory of their own. One thread at a time.
class RecordBlock {
 public:
  /// Takes copies of all wanted records.
  explicit RecordBlock(const RecordsView& from);
  RecordBlock(const RecordBlock&) = delete;
  RecordBlock& operator=(const RecordBlock&) = delete;
  ~RecordBlock() = default;

  std::size_t size() const noexcept { return selection_.size(); }
  RecordsView view() const noexcept { return {bytes_, rows_, selection_, columns_, bad_rows_}; }

 private:
  std::string bytes_;
  std::vector<Slice> rows_;
  std::vector<std::uint32_t> selection_;
  std::vector<Column> columns_;
  std::vector<std::uint32_t> bad_rows_;
  TextArena texts_;
};

}  // namespace sluice
