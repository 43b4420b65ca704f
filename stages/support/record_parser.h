// What the transform `parse` reads records with: one implementation per format.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/column.h"
#include "engine/stage/schema.h"

namespace sluice {

/// Why a record cannot be read, and where in its text. No reason: it can.
struct ParseProblem {
  std::string_view reason;  ///< "an unclosed quote". Lives as long as the program.
  std::size_t offset = 0;

  explicit operator bool() const noexcept { return !reason.empty(); }
};

/// Reads the wanted fields of records, one record after the other. One thread at a time.
class RecordParser {
 public:
  RecordParser() = default;
  RecordParser(const RecordParser&) = delete;
  RecordParser& operator=(const RecordParser&) = delete;
  virtual ~RecordParser() = default;

  /// Where cells go from now on: one array per wanted field, in the order of the constructor, with
  /// a place for every row.
  void set_columns(std::vector<Cell*> columns) noexcept { columns_ = std::move(columns); }

  /// Writes the wanted cells of `row`; those of fields that the record does not have stay as they
  /// are. `text` is the record without its line end, with at least Buffer::slack readable bytes
  /// behind it. After a problem the cells of the row are worth nothing. Texts refer to `text` or
  /// `arena`.
  virtual ParseProblem parse(std::string_view text, std::size_t row, TextArena& arena) = 0;

 protected:
  void set(std::size_t field, std::size_t row, Cell cell) const noexcept {
    columns_[field][row] = cell;
  }

 private:
  std::vector<Cell*> columns_;
};

}  // namespace sluice
