#include "config/yaml_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/utf8.h"

namespace sluice {
namespace {

constexpr std::size_t indent_step = 2;

/// Where a scalar stands: in brackets more characters have a meaning.
enum class Style : std::uint8_t { block, flow };

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The bytes of the code point that `text` begins with.
std::size_t step(std::string_view text) { return std::max<std::size_t>(1, utf8_length(text)); }

/// The code point that `text` begins with. REQUIRES: `text` begins with a whole one.
std::uint32_t first_code_point(std::string_view text) {
  const std::size_t length = step(text);
  const auto lead = static_cast<unsigned char>(text[0]);
  if (length == 1) return lead;
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return point;
}

/// Control characters, and what some reader takes for a line end or a byte order mark.
bool needs_escape(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 ||
         point == 0xFEFF || (point & 0xFFFEU) == 0xFFFE;
}

/// True if `text` begins like a word: nothing that YAML gives a meaning to at the beginning.
bool begins_plain(std::string_view text) {
  constexpr std::string_view harmless = "/.($^<+=\\;";
  const char first = text[0];
  if (first == '-') return text.size() > 1 && is_word_byte(text[1]);
  return is_word_byte(first) || harmless.find(first) != std::string_view::npos ||
         static_cast<unsigned char>(first) >= 0x80;
}

/// True if `text` without quotes is read as `text`. Errs on the side of quotes.
bool is_plain(std::string_view text, Style style) {
  constexpr std::array<std::string_view, 6> special{"null", "Null", "NULL", "<<", "...", "---"};
  const auto holds = [text](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  if (text.empty() || !begins_plain(text)) return false;
  if (std::find(special.begin(), special.end(), text) != special.end()) return false;
  if (text.substr(0, 3) == "...") return false;
  if (holds(": ") || holds(" #") || text.back() == ':' || text.back() == ' ') return false;
  return style == Style::block || text.find_first_of(",[]{}:#'\"") == std::string_view::npos;
}

bool has_escapes(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(step(text))) {
    if (needs_escape(first_code_point(text))) return true;
  }
  return false;
}

void append_hex(char kind, std::uint32_t point, int digits, std::string& out) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  out += '\\';
  out += kind;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out += hex[(point >> static_cast<unsigned>(shift)) & 0xFU];
  }
}

void append_escaped(std::uint32_t point, std::string& out) {
  if (point == '\n') {
    out += "\\n";
  } else if (point == '\t') {
    out += "\\t";
  } else if (point == '\r') {
    out += "\\r";
  } else if (point < 0x100) {
    append_hex('x', point, 2, out);
  } else if (point < 0x10000) {
    append_hex('u', point, 4, out);
  } else {
    append_hex('U', point, 8, out);
  }
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t length = 0; !text.empty(); text.remove_prefix(length)) {
    length = step(text);
    const std::uint32_t point = first_code_point(text);
    if (needs_escape(point)) {
      append_escaped(point, out);
      continue;
    }
    if (point == '"' || point == '\\') out += '\\';
    out += text.substr(0, length);
  }
  return out + '"';
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + '\'';
}

std::string scalar_text(std::string_view text, Style style) {
  const bool escapes = has_escapes(text);
  if (!escapes && is_plain(text, style)) return std::string(text);
  const bool double_is_shorter = text.find('\'') != std::string_view::npos &&
                                 text.find_first_of("\"\\") == std::string_view::npos;
  return escapes || double_is_shorter || text.empty() ? double_quoted(text) : single_quoted(text);
}

bool is_leaf(const Value& value) {
  return value.kind() == Value::Kind::scalar || value.kind() == Value::Kind::null;
}

/// Recursion is as deep as the tree.
std::string flow_text(const Value& value, Style style) {
  switch (value.kind()) {
    case Value::Kind::null:
      return "null";
    case Value::Kind::scalar:
      return scalar_text(value.text(), style);
    case Value::Kind::list: {
      std::string items;
      for (const Value& item : value.items()) {
        if (!items.empty()) items += ", ";
        items += flow_text(item, Style::flow);
      }
      return "[" + items + "]";
    }
    case Value::Kind::map:
      break;
  }
  std::string entries;
  for (const Entry& entry : value.entries()) {
    if (!entries.empty()) entries += ", ";
    entries += scalar_text(entry.key, Style::flow) + ": " + flow_text(entry.value, Style::flow);
  }
  return "{" + entries + "}";
}

/// A map with entries and a list of lists or maps get lines of their own.
bool is_block(const Value& value) {
  if (value.kind() == Value::Kind::map) return !value.entries().empty();
  const auto& items = value.items();
  return value.kind() == Value::Kind::list && !std::all_of(items.begin(), items.end(), is_leaf);
}

/// Lines for `value`, a block, each indented by `indent`; the first one is where `out` stands.
void append_block(const Value& value, std::size_t indent, std::string& out) {
  bool first = true;
  const auto begin_line = [&] {
    if (!first) out.append(indent, ' ');
    first = false;
  };
  for (const Value& item : value.items()) {
    begin_line();
    out += "- ";
    if (is_block(item)) {
      append_block(item, indent + indent_step, out);
    } else {
      out += flow_text(item, Style::block) + '\n';
    }
  }
  for (const Entry& entry : value.entries()) {
    begin_line();
    out += scalar_text(entry.key, Style::block) + ':';
    if (is_block(entry.value)) {
      out += '\n';
      out.append(indent + indent_step, ' ');
      append_block(entry.value, indent + indent_step, out);
    } else {
      out += ' ' + flow_text(entry.value, Style::block) + '\n';
    }
  }
}

}  // namespace

std::string yaml_text(const Value& value) {
  if (!is_block(value)) return flow_text(value, Style::block) + '\n';
  std::string out;
  append_block(value, 0, out);
  return out;
}

}  // namespace sluice
