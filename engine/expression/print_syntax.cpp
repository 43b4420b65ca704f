#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <type_traits>

#include "engine/base/json_text.h"
#include "engine/expression/syntax.h"

namespace sluice {
namespace {

/// The shortest text that reads back as the same double, and not as an integer.
std::string double_text(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string bytes_text(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "b\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\') {
      text += c;
      continue;
    }
    text += "\\x";
    text += digits[byte >> 4U];
    text += digits[byte & 0xFU];
  }
  return text + '"';
}

std::string literal_text(const Literal& literal) {
  return std::visit(
      [](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>) return "null";
        if constexpr (std::is_same_v<Value, bool>) return value ? "true" : "false";
        if constexpr (std::is_same_v<Value, std::int64_t>) return std::to_string(value);
        if constexpr (std::is_same_v<Value, std::uint64_t>) return std::to_string(value) + "u";
        if constexpr (std::is_same_v<Value, double>) return double_text(value);
        if constexpr (std::is_same_v<Value, std::string>) return json_quoted(value);
        if constexpr (std::is_same_v<Value, BytesLiteral>) return bytes_text(value.bytes);
      },
      literal);
}

/// Field names that were written in backquotes get them back.
std::string field_text(const std::string& name) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  const bool is_plain = !name.empty() && (name[0] < '0' || name[0] > '9') &&
                        name.find_first_not_of(plain) == std::string::npos;
  return is_plain ? name : "`" + name + "`";
}

void print(const SyntaxNode& node, std::string& out);

void print_arguments(const SyntaxNode& node, char open, char close, std::string& out) {
  out += open;
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    if (i > 0) out += node.kind == SyntaxNode::Kind::map && i % 2 == 1 ? ": " : ", ";
    if (node.kind == SyntaxNode::Kind::message) out += field_text(node.field_names[i]) + ": ";
    print(*node.arguments[i], out);
  }
  out += close;
}

void print(const SyntaxNode& node, std::string& out) {
  if (node.absolute) out += '.';
  if (node.target) {
    print(*node.target, out);
    out += '.';
  }
  switch (node.kind) {
    case SyntaxNode::Kind::literal:
      out += literal_text(node.literal);
      break;
    case SyntaxNode::Kind::name:
      out += node.name;
      break;
    case SyntaxNode::Kind::select:
      out += field_text(node.name);
      break;
    case SyntaxNode::Kind::call:
      out += node.name;
      print_arguments(node, '(', ')', out);
      break;
    case SyntaxNode::Kind::list:
      print_arguments(node, '[', ']', out);
      break;
    case SyntaxNode::Kind::map:
      print_arguments(node, '{', '}', out);
      break;
    case SyntaxNode::Kind::message:
      out += node.name;
      print_arguments(node, '{', '}', out);
      break;
  }
}

}  // namespace

std::string print_syntax(const SyntaxNode& node) {
  std::string out;
  print(node, out);
  return out;
}

}  // namespace sluice
