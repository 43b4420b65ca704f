// Records as bytes that stand for themselves, to be held, moved, written to a file and taken up
// again: the key that they are sorted by, where they stood in the input, the text, the fields that
// somebody wants. Never leaves the process that wrote it, so it has no version; the values of
// fields are those of Cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/batch.h"
#include "stages/support/sort_key.h"

namespace sluice {

/// A place in the order of the records of one edge.
struct RecordPlace {
  std::uint64_t unit = 0;
  std::uint32_t index = 0;
  std::uint32_t row = 0;
  friend constexpr auto operator<=>(const RecordPlace&, const RecordPlace&) = default;
};

/// What a packed record begins with; then come the rest of the key, the text, the cells.
struct PackedHead {
  std::uint64_t prefix = 0;  ///< Of the key.
  RecordPlace place;
  std::uint32_t rest_bytes = 0;
  std::uint32_t text_bytes = 0;
  std::uint32_t cell_bytes = 0;
  std::uint32_t is_bad = 0;  ///< A parser could not read it: it has no fields but `error`.
};
static_assert(sizeof(PackedHead) == 40);

/// Looks at a packed record. Refers to its bytes.
class PackedRecord {
 public:
  /// REQUIRES: a whole packed record is at `bytes`.
  explicit PackedRecord(const char* bytes) noexcept : bytes_(bytes) {
    std::memcpy(&head_, bytes, sizeof head_);
  }

  const PackedHead& head() const noexcept { return head_; }
  std::string_view rest() const noexcept { return {bytes_ + sizeof head_, head_.rest_bytes}; }
  std::string_view text() const noexcept {
    return {bytes_ + sizeof head_ + head_.rest_bytes, head_.text_bytes};
  }
  std::string_view cells() const noexcept {
    return {bytes_ + sizeof head_ + head_.rest_bytes + head_.text_bytes, head_.cell_bytes};
  }
  std::size_t size() const noexcept { return size(head_); }
  static std::size_t size(const PackedHead& head) noexcept {
    return sizeof head + std::size_t{head.rest_bytes} + head.text_bytes + head.cell_bytes;
  }

 private:
  const char* bytes_;
  PackedHead head_;
};

/// Packs the fields of records. One thread at a time.
class CellPacker {
 public:
  /// `names` are the fields that are wanted; they outlive the packer.
  explicit CellPacker(const std::vector<std::string>& names) : names_(names) {}

  /// REQUIRES: batch.is_table().
  void bind(const Batch& batch);
  /// The cells of one record, whose text is `text`; good until the next call.
  std::string_view pack(std::uint32_t row, std::string_view text);

 private:
  struct Source {
    std::uint32_t number = 0;  ///< In names_.
    const Cell* cells = nullptr;
  };
  const std::vector<std::string>& names_;
  std::vector<Source> sources_;
  std::string packed_;
};

/// Makes records of packed ones. One thread at a time.
class RecordUnpacker {
 public:
  /// `names` are those that the packer had; they outlive the batches.
  explicit RecordUnpacker(const std::vector<std::string>& names) : names_(names) {}

  /// Copies the text of `record` to `to` and notes its row and cells. REQUIRES: there is room.
  void add(const PackedRecord& record, char* to, std::uint32_t offset);
  std::size_t size() const noexcept { return rows_.size(); }
  /// Makes what was added the content of `out`, `used` bytes of whose buffer are texts, and forgets
  /// it. REQUIRES: the texts were copied to the buffer's data at their offsets.
  void finish(std::size_t used, Batch& out);

 private:
  struct Noted {
    std::uint32_t row = 0;
    std::uint32_t number = 0;  ///< In names_.
    Cell cell;
    bool is_inline = false;  ///< Its text is the next one of inline_texts_.
  };
  void note_cells(std::string_view cells, const char* text);

  const std::vector<std::string>& names_;
  std::vector<Slice> rows_;
  std::vector<std::uint32_t> bad_rows_;
  std::vector<Noted> cells_;
  std::string inline_texts_;  ///< Texts of cells that are not in their record's.
};

}  // namespace sluice
