#include "stages/support/record_copy.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "engine/base/units.h"

namespace sluice {
namespace {

/// The most records of one batch (DESIGN: the table is memory too).
constexpr std::size_t most_rows = 65'536;

/// Copies the texts of some rows one behind the other, and says where they are now.
void copy_texts(const RecordsView& from, std::span<const std::uint32_t> wanted, char* to,
                std::vector<Slice>& rows) {
  std::uint32_t at = 0;
  for (const std::uint32_t row : wanted) {
    const Slice text = from.rows[row];
    // Not memcpy: an empty text may be null.
    std::ranges::copy(from.bytes.substr(text.offset, text.length), to + at);
    rows.push_back({at, text.length});
    at += text.length;
  }
}

/// Copies the cells of some rows of a column. `rows` are where their texts are now, in `moved`.
void copy_cells(const RecordsView& from, const Column& column,
                std::span<const std::uint32_t> wanted, const char* moved,
                std::span<const Slice> rows, TextArena& arena, std::vector<Cell>& cells) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Slice text = from.rows[wanted[i]];
    cells[i] = moved_cell(column.cells[wanted[i]], from.bytes.substr(text.offset, text.length),
                          moved + rows[i].offset, arena);
  }
}

void copy_bad_rows(const RecordsView& from, std::span<const std::uint32_t> wanted,
                   std::vector<std::uint32_t>& bad_rows) {
  if (from.bad_rows.empty()) return;
  for (std::uint32_t i = 0; i < wanted.size(); ++i) {
    if (std::binary_search(from.bad_rows.begin(), from.bad_rows.end(), wanted[i])) {
      bad_rows.push_back(i);
    }
  }
}

Error too_long(std::size_t capacity) {
  Error error;
  error.code = ErrorCode::limit;
  error.message =
      "a record is longer than what can be copied here (" + print(ByteSize{capacity}) + ")";
  return error;
}

}  // namespace

Cell moved_cell(const Cell& cell, std::string_view text, const char* moved, TextArena& arena) {
  const Cell::Type type = cell.type();
  if (type != Cell::Type::text && type != Cell::Type::json && type != Cell::Type::decimal) {
    return cell;
  }
  const std::string_view old = cell.text();
  const std::less_equal<const char*> not_behind;
  std::string_view now;
  if (not_behind(text.data(), old.data()) &&
      not_behind(old.data() + old.size(), text.data() + text.size())) {
    now = {moved + (old.data() - text.data()), old.size()};
  } else {
    char* copy = arena.allocate(old.size());
    std::ranges::copy(old, copy);
    now = {copy, old.size()};
  }
  if (type == Cell::Type::json) return Cell::json(now);
  return type == Cell::Type::decimal ? Cell::decimal(now) : Cell::text(now);
}

Result<std::size_t> copy_records(const RecordsView& from, std::size_t first, std::size_t count,
                                 Batch& out) {
  Buffer& buffer = *out.buffer();
  const auto rest = from.selection.subspan(first);
  const std::size_t most = std::min({count, rest.size(), most_rows});
  std::size_t fitting = 0;
  std::size_t bytes = 0;
  for (; fitting < most; ++fitting) {
    const std::size_t next = bytes + from.rows[rest[fitting]].length;
    if (fitting > 0 && next > buffer.size()) break;
    bytes = next;
  }
  if (bytes > buffer.capacity()) return too_long(buffer.capacity());
  const auto wanted = rest.first(fitting);
  std::vector<Slice> rows;
  rows.reserve(fitting);
  copy_texts(from, wanted, buffer.data(), rows);
  buffer.seal(bytes);
  out.set_bytes({buffer.data(), bytes}, fitting);
  out.set_rows(rows);
  for (const Column& column : from.columns) {
    Column& copy = out.add_column(column.name);
    copy_cells(from, column, wanted, buffer.data(), out.rows(), out.arena(), copy.cells);
  }
  std::vector<std::uint32_t> bad_rows;
  copy_bad_rows(from, wanted, bad_rows);
  out.set_bad_rows(bad_rows);
  return fitting;
}

RecordBlock::RecordBlock(const RecordsView& from) {
  std::size_t bytes = 0;
  for (const std::uint32_t row : from.selection) bytes += from.rows[row].length;
  bytes_.resize(bytes);
  rows_.reserve(from.selection.size());
  copy_texts(from, from.selection, bytes_.data(), rows_);
  for (std::uint32_t i = 0; i < rows_.size(); ++i) selection_.push_back(i);
  for (const Column& column : from.columns) {
    Column& copy = columns_.emplace_back();
    copy.name = column.name;
    copy.cells.resize(rows_.size());
    copy_cells(from, column, from.selection, bytes_.data(), rows_, texts_, copy.cells);
  }
  copy_bad_rows(from, from.selection, bad_rows_);
}

}  // namespace sluice
