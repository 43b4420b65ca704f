#include "stages/support/cell_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "engine/base/json_text.h"

namespace sluice {
namespace {

template <class Number>
char* write_number(char* to, Number number) noexcept {
  return std::to_chars(to, to + longest_plain_value, number).ptr;
}

char* write_word(char* to, std::string_view word) noexcept {
  return std::copy(word.begin(), word.end(), to);
}

/// In seconds, as append_time_span() does.
char* write_time_span(char* to, TimeSpan span) {
  std::string text;
  append_time_span(text, span);
  return write_word(to, text);
}

}  // namespace

char* write_plain_value(char* to, const Cell& cell) noexcept {
  switch (cell.type()) {
    case Cell::Type::boolean:
      return write_word(to, cell.boolean() ? "true" : "false");
    case Cell::Type::integer:
      return write_number(to, cell.integer());
    case Cell::Type::real:
      return write_number(to, cell.real());
    case Cell::Type::timestamp:
      return write_rfc3339(to, cell.timestamp());
    case Cell::Type::duration:
      return write_time_span(to, cell.duration());
    case Cell::Type::missing:
    case Cell::Type::null:
    case Cell::Type::decimal:
    case Cell::Type::text:
    case Cell::Type::json:
      break;
  }
  return to;
}

void append_plain(std::string& out, const Cell& cell) {
  if (holds_text(cell)) {
    out += cell.text();
    return;
  }
  std::array<char, longest_plain_value> text{};
  out.append(text.data(), write_plain_value(text.data(), cell));
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
