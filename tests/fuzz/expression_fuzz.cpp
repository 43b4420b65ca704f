// Fuzz target: any bytes as an expression. Parsing must return within its limits; a tree must stay
// inside of the text and the depth, and the same text must print the same; a mistake must point
// into the text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/expression/syntax.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

bool inside(sluice::TextRange inner, sluice::TextRange outer) {
  return inner.begin >= outer.begin && inner.begin <= inner.end && inner.end <= outer.end;
}

void check_tree(const sluice::SyntaxNode& node, sluice::TextRange outer, std::size_t depth) {
  require(depth <= sluice::ExpressionLimits::depth);
  require(inside(node.range, outer) && node.range.begin < node.range.end);
  if (node.kind == sluice::SyntaxNode::Kind::message) {
    require(node.field_names.size() == node.arguments.size());
  }
  if (node.kind == sluice::SyntaxNode::Kind::map) require(node.arguments.size() % 2 == 0);
  if (!node.name.empty()) require(inside(node.name_range, node.range));
  if (node.target) check_tree(*node.target, node.range, depth + 1);
  for (const sluice::SyntaxNodePtr& child : node.arguments) {
    check_tree(*child, node.range, depth + 1);
  }
}

}  // namespace

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const sluice::TextRange all{0, static_cast<std::uint32_t>(size)};
  sluice::ExpressionMistake mistake;
  const sluice::SyntaxNodePtr tree = sluice::parse_expression(text, mistake);
  require((tree == nullptr) == !mistake.message.empty());
  if (!tree) {
    require(inside(mistake.range, all));
    return 0;
  }
  check_tree(*tree, all, 1);
  const std::string print = sluice::print_syntax(*tree);
  const sluice::SyntaxNodePtr again = sluice::parse_expression(text, mistake);
  require(again && !print.empty() && sluice::print_syntax(*again) == print);
  return 0;
}
