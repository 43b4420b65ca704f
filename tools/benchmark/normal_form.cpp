#include "tools/benchmark/normal_form.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::bench {
namespace {

bool is_divider(char byte) { return byte == ',' || byte == '\t' || byte == ' '; }

std::optional<double> number_in(std::string_view cell) {
  double number = 0;
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  const bool all = parsed.ec == std::errc() && parsed.ptr == cell.data() + cell.size();
  return all ? std::optional(number) : std::nullopt;
}

/// The cell that `row` begins with, which is taken from it.
std::string_view take_cell(std::string_view& row) {
  const auto* const end = std::find_if(row.begin(), row.end(), is_divider);
  const auto length = static_cast<std::size_t>(end - row.begin());
  const std::string_view cell = row.substr(0, length);
  row.remove_prefix(std::min(length + 1, row.size()));
  return cell;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// A row without a number in it.
bool is_heading(std::string_view row) {
  while (!row.empty()) {
    if (number_in(take_cell(row))) return false;
  }
  return true;
}

bool is_near(std::string_view first, std::string_view second, double tolerance) {
  const std::optional<double> a = number_in(first);
  const std::optional<double> b = number_in(second);
  if (!a || !b) return first == second;
  return std::abs(*a - *b) <= tolerance * std::max(std::abs(*a), std::abs(*b));
}

bool are_rows_near(std::string_view first, std::string_view second, double tolerance) {
  while (!first.empty() && !second.empty()) {
    if (!is_near(take_cell(first), take_cell(second), tolerance)) return false;
  }
  return first.empty() && second.empty();
}

std::string normal_row(std::string_view line) {
  std::string row;
  bool is_empty = true;
  for (const char byte : line) {
    const bool divides = is_divider(byte);
    if (divides && is_empty) row += '0';
    row += divides ? ',' : byte;
    is_empty = divides;
  }
  return row += is_empty ? "0\n" : "\n";
}

/// UTF-8 of a character of the Basic Multilingual Plane.
void append_utf8(std::string& text, std::uint32_t code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0U | (code >> 6U));
    text += static_cast<char>(0x80U | (code & 0x3fU));
  } else {
    text += static_cast<char>(0xe0U | (code >> 12U));
    text += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    text += static_cast<char>(0x80U | (code & 0x3fU));
  }
}

/// Adds the escape that `from` begins with; answers its length. Control bytes and halves of
/// surrogate pairs stay escapes.
std::size_t append_escape(std::string& text, std::string_view from) {
  const std::string_view escape = from.substr(0, 2);
  if (escape == "\\/") {
    text += '/';
    return 2;
  }
  std::uint32_t code = 0;
  const std::string_view digits = from.substr(std::min<std::size_t>(2, from.size()), 4);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  const bool is_character = escape == "\\u" && digits.size() == 4 &&
                            parsed.ptr == digits.data() + digits.size() && code >= ' ' &&
                            code != '"' && code != '\\' && (code < 0xd800 || code > 0xdfff);
  if (!is_character) {
    text += escape;
    return escape.size();
  }
  append_utf8(text, code);
  return 6;
}

}  // namespace

std::string normal_table(std::string_view text) {
  std::vector<std::string> rows;
  bool is_first = true;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (!std::exchange(is_first, false) || !is_heading(line)) rows.push_back(normal_row(line));
  }
  std::sort(rows.begin(), rows.end());
  std::string table;
  for (const std::string& row : rows) table += row;
  return table;
}

std::string normal_json_lines(std::string_view text) {
  std::string normal;
  normal.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const char byte = text[i];
    if (in_string && byte == '\\') {
      i += append_escape(normal, text.substr(i));
      continue;
    }
    if (byte == '"') in_string = !in_string;
    const bool is_gap = !in_string && (byte == ' ' || byte == '\t' || byte == '\r');
    if (!is_gap) normal += byte;
    ++i;
  }
  return normal;
}

Comparison compare_tables(std::string_view first, std::string_view second, double tolerance) {
  Comparison comparison;
  while (!first.empty() && !second.empty()) {
    if (!are_rows_near(take_line(first), take_line(second), tolerance)) return comparison;
    ++comparison.lines;
  }
  comparison.equal = first.empty() && second.empty();
  return comparison;
}

}  // namespace sluice::bench
