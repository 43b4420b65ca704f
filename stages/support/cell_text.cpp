#include "stages/support/cell_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "engine/base/json_text.h"

namespace sluice {
namespace {

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

}  // namespace

void append_plain(std::string& out, const Cell& cell) {
  switch (cell.type()) {
    case Cell::Type::missing:
    case Cell::Type::null:
      return;
    case Cell::Type::boolean:
      out += cell.boolean() ? "true" : "false";
      return;
    case Cell::Type::integer:
      append_number(out, cell.integer());
      return;
    case Cell::Type::real:
      append_number(out, cell.real());
      return;
    case Cell::Type::decimal:
    case Cell::Type::text:
    case Cell::Type::json:
      out += cell.text();
      return;
    case Cell::Type::timestamp:
      append_rfc3339(out, cell.timestamp());
      return;
    case Cell::Type::duration:
      append_time_span(out, cell.duration());
      return;
  }
}

void append_json(std::string& out, const Cell& cell) {
  const bool is_nothing = cell.is_missing() || cell.type() == Cell::Type::null;
  if (is_nothing || (cell.type() == Cell::Type::real && !std::isfinite(cell.real()))) {
    out += "null";
  } else if (cell.type() == Cell::Type::text) {
    append_json_quoted(out, cell.text());
  } else if (cell.type() == Cell::Type::timestamp || cell.type() == Cell::Type::duration) {
    out += '"';
    append_plain(out, cell);
    out += '"';
  } else {
    append_plain(out, cell);
  }
}

}  // namespace sluice
