#include "stages/support/result_records.h"

#include <algorithm>
#include <utility>

#include "engine/base/json_text.h"
#include "engine/stage/field_path.h"
#include "stages/support/cell_text.h"

namespace sluice {
namespace {

/// The most records of one batch.
constexpr std::size_t most_rows = 65'536;

Error too_long() {
  Error error;
  error.code = ErrorCode::limit;
  error.message =
      "a result is longer than a record may be (" + print(ResultRecords::longest_record) + ")";
  return error;
}

/// The cell with a text of its own in `texts`.
Cell copied(const Cell& cell, TextArena& texts) {
  const auto stored = [&] {
    char* copy = texts.allocate(cell.text().size());
    std::ranges::copy(cell.text(), copy);
    return std::string_view(copy, cell.text().size());
  };
  switch (cell.type()) {
    case Cell::Type::text:
      return Cell::text(stored());
    case Cell::Type::json:
      return Cell::json(stored());
    case Cell::Type::decimal:
      return Cell::decimal(stored());
    default:
      return cell;
  }
}

}  // namespace

ResultRecords::ResultRecords(std::vector<std::string> names) : names_(std::move(names)) {
  for (const std::string& name : names_) keys_.push_back(json_quoted(plain_field(name)) + ":");
}

Result<bool> ResultRecords::add(std::span<const Cell> cells, Batch& out) {
  line_.clear();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line_ += i == 0 ? '{' : ',';
    line_ += keys_[i];
    append_json(line_, cells[i]);
  }
  line_ += "}\n";
  Buffer& buffer = *out.buffer();
  if (used_ + line_.size() > (rows_.empty() ? buffer.capacity() : buffer.size())) {
    if (rows_.empty()) return too_long();
    return false;
  }
  if (rows_.size() == most_rows) return false;
  std::copy(line_.begin(), line_.end(), buffer.data() + used_);
  rows_.push_back({static_cast<std::uint32_t>(used_), static_cast<std::uint32_t>(line_.size())});
  used_ += line_.size();
  for (const Cell& cell : cells) cells_.push_back(copied(cell, *texts_));
  return true;
}

void ResultRecords::finish(Batch& out) {
  Buffer& buffer = *out.buffer();
  buffer.seal(used_);
  out.set_bytes({buffer.data(), used_}, rows_.size());
  const std::size_t count = rows_.size();
  out.set_rows(rows_);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    Column& column = out.add_column(names_[i]);
    for (std::size_t row = 0; row < count; ++row) {
      column.cells[row] = copied(cells_[row * names_.size() + i], out.arena());
    }
  }
  used_ = 0;
  rows_.clear();
  cells_.clear();
  texts_ = std::make_unique<TextArena>();
}

}  // namespace sluice
