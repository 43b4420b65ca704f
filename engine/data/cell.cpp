#include "engine/data/cell.h"

namespace sluice {

std::string_view name_of(Cell::Type type) noexcept {
  switch (type) {
    case Cell::Type::missing:
      return "nothing";
    case Cell::Type::null:
      return "null";
    case Cell::Type::boolean:
      return "bool";
    case Cell::Type::integer:
      return "int";
    case Cell::Type::real:
      return "double";
    case Cell::Type::decimal:
      return "a large number";
    case Cell::Type::text:
      return "string";
    case Cell::Type::json:
      return "list or map";
    case Cell::Type::timestamp:
      return "timestamp";
    case Cell::Type::duration:
      return "duration";
  }
  return "?";
}

}  // namespace sluice
