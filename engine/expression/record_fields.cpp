// Cells as values.
#include "engine/data/compare.h"
#include "engine/expression/evaluation.h"

namespace sluice {

CelValue value_of(const Cell& cell) {
  switch (cell.type()) {
    case Cell::Type::missing:
      break;
    case Cell::Type::null:
      return CelValue::null();
    case Cell::Type::boolean:
      return CelValue::boolean(cell.boolean());
    case Cell::Type::integer:
      return CelValue::integer(cell.integer());
    case Cell::Type::real:
      return CelValue::real(cell.real());
    case Cell::Type::decimal: {
      std::uint64_t natural = 0;
      bool fits = !cell.text().empty();
      for (const char c : cell.text()) {
        fits = fits && c >= '0' && c <= '9' && !__builtin_mul_overflow(natural, 10U, &natural) &&
               !__builtin_add_overflow(natural, static_cast<std::uint64_t>(c - '0'), &natural);
      }
      return fits ? CelValue::natural(natural) : CelValue::real(to_double(cell));
    }
    case Cell::Type::text:
      return CelValue::text(cell.text());
    case Cell::Type::json:
      return CelValue::json(cell.text());
    case Cell::Type::timestamp:
      return CelValue::timestamp(cell.timestamp());
    case Cell::Type::duration:
      return CelValue::duration(cell.duration());
  }
  return CelValue::error({});
}

CelValue RecordFields::field(std::size_t number) const {
  if (!given.empty()) return given[number];
  if (columns.empty() || columns[number] == nullptr) return CelValue::error({});
  return value_of(columns[number]->cells[row]);
}

bool RecordFields::has(std::size_t number) const {
  if (!given.empty()) return !given[number].is_error();
  return !columns.empty() && columns[number] != nullptr &&
         !columns[number]->cells[row].is_missing();
}

}  // namespace sluice
