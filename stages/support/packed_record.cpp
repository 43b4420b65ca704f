#include "stages/support/packed_record.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace sluice {
namespace {

/// One cell; with `where` behind, its text follows.
struct PackedCell {
  enum class Where : std::uint8_t { here, in_text, behind };
  std::uint16_t number = 0;  ///< Which field.
  Cell::Type type = Cell::Type::missing;
  Where where = Where::here;
  std::uint32_t small = 0;  ///< Nanoseconds, or the length of a text.
  std::int64_t large = 0;   ///< Seconds, a number's bits, or where in the record's text it is.
};
static_assert(sizeof(PackedCell) == 16);

PackedCell pack_cell(const Cell& cell, std::string_view record, std::string_view& behind) {
  PackedCell packed;
  packed.type = cell.type();
  switch (cell.type()) {
    case Cell::Type::missing:
    case Cell::Type::null:
      break;
    case Cell::Type::boolean:
      packed.large = cell.boolean() ? 1 : 0;
      break;
    case Cell::Type::integer:
      packed.large = cell.integer();
      break;
    case Cell::Type::real:
      packed.large = std::bit_cast<std::int64_t>(cell.real());
      break;
    case Cell::Type::timestamp:
      packed.large = cell.timestamp().seconds;
      packed.small = cell.timestamp().nanoseconds;
      break;
    case Cell::Type::duration:
      packed.large = cell.duration().seconds;
      packed.small = cell.duration().nanoseconds;
      break;
    case Cell::Type::decimal:
    case Cell::Type::text:
    case Cell::Type::json: {
      const std::string_view text = cell.text();
      const std::less_equal<const char*> not_behind;
      packed.small = static_cast<std::uint32_t>(text.size());
      if (not_behind(record.data(), text.data()) &&
          not_behind(text.data() + text.size(), record.data() + record.size())) {
        packed.where = PackedCell::Where::in_text;
        packed.large = text.data() - record.data();
      } else {
        packed.where = PackedCell::Where::behind;
        behind = text;
      }
      break;
    }
  }
  return packed;
}

Cell text_cell(Cell::Type type, std::string_view text) {
  if (type == Cell::Type::json) return Cell::json(text);
  return type == Cell::Type::decimal ? Cell::decimal(text) : Cell::text(text);
}

Cell value_cell(const PackedCell& packed) {
  switch (packed.type) {
    case Cell::Type::null:
      return Cell::null();
    case Cell::Type::boolean:
      return Cell::boolean(packed.large != 0);
    case Cell::Type::integer:
      return Cell::integer(packed.large);
    case Cell::Type::real:
      return Cell::real(std::bit_cast<double>(packed.large));
    case Cell::Type::timestamp:
      return Cell::timestamp({packed.large, packed.small});
    case Cell::Type::duration:
      return Cell::duration({packed.large, packed.small});
    default:
      return {};
  }
}

}  // namespace

void CellPacker::bind(const Batch& batch) {
  sources_.clear();
  for (std::uint32_t number = 0; number < names_.size(); ++number) {
    const Column* column = batch.find_column(names_[number]);
    if (column != nullptr) sources_.push_back({number, column->cells.data()});
  }
}

std::string_view CellPacker::pack(std::uint32_t row, std::string_view text) {
  packed_.clear();
  for (const Source& source : sources_) {
    const Cell& cell = source.cells[row];
    if (cell.is_missing()) continue;
    std::string_view behind;
    PackedCell packed = pack_cell(cell, text, behind);
    packed.number = static_cast<std::uint16_t>(source.number);
    packed_.append(reinterpret_cast<const char*>(&packed), sizeof packed);
    packed_ += behind;
  }
  return packed_;
}

void RecordUnpacker::add(const PackedRecord& record, char* to, std::uint32_t offset) {
  const std::string_view text = record.text();
  std::memcpy(to, text.data(), text.size());
  if (record.head().is_bad != 0) bad_rows_.push_back(static_cast<std::uint32_t>(rows_.size()));
  rows_.push_back({offset, record.head().text_bytes});
  note_cells(record.cells(), to);
}

void RecordUnpacker::note_cells(std::string_view cells, const char* text) {
  while (!cells.empty()) {
    PackedCell packed;
    std::memcpy(&packed, cells.data(), sizeof packed);
    cells.remove_prefix(sizeof packed);
    Cell cell;
    if (packed.where == PackedCell::Where::here) {
      cell = value_cell(packed);
    } else if (packed.where == PackedCell::Where::in_text) {
      cell = text_cell(packed.type, {text + packed.large, packed.small});
    } else {
      // Its place in the arena is known when the batch has one.
      cell = text_cell(packed.type, cells.substr(0, packed.small));
      inline_texts_ += cells.substr(0, packed.small);
      cells.remove_prefix(packed.small);
    }
    cells_.push_back({static_cast<std::uint32_t>(rows_.size() - 1), packed.number, cell,
                      packed.where == PackedCell::Where::behind});
  }
}

void RecordUnpacker::finish(std::size_t used, Batch& out) {
  Buffer& buffer = *out.buffer();
  buffer.seal(used);
  out.set_bytes({buffer.data(), used}, rows_.size());
  out.set_rows(rows_);
  for (const std::string& name : names_) out.add_column(name);
  const auto columns = out.columns();
  const char* text = nullptr;
  if (!inline_texts_.empty()) {
    char* copy = out.arena().allocate(inline_texts_.size());
    std::memcpy(copy, inline_texts_.data(), inline_texts_.size());
    text = copy;
  }
  for (const Noted& noted : cells_) {
    Cell cell = noted.cell;
    if (noted.is_inline) {
      cell = text_cell(cell.type(), {text, cell.text().size()});
      text += cell.text().size();
    }
    columns[noted.number].cells[noted.row] = cell;
  }
  out.set_bad_rows(bad_rows_);
  rows_.clear();
  bad_rows_.clear();
  cells_.clear();
  inline_texts_.clear();
}

}  // namespace sluice
