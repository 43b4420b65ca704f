// Fuzz target: any bytes as an expression. Parsing must return within its limits; a tree must stay
// inside of the text and the depth, and the same text must print the same; a mistake must point
// into the text. What can be compiled must give the same value, or the same error, twice.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/expression.h"
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

/// Compiles it and evaluates it over a record of some values.
void check_evaluation(const sluice::SyntaxNode& tree, sluice::TextRange all) {
  sluice::Schema schema;
  schema.open = true;
  schema.has_text = false;
  sluice::ExpressionMistake mistake;
  const auto expression = sluice::Expression::compile(tree, schema, mistake);
  if (!expression) {
    require(!mistake.message.empty() && inside(mistake.range, all));
    return;
  }
  const std::vector<sluice::CelValue> values{
      sluice::CelValue::integer(5), sluice::CelValue::text("some text"),
      sluice::CelValue::json(R"([{"a":1},[2.5,"x"],null])"), sluice::CelValue::error({}),
      sluice::CelValue::timestamp({1'234'567'890, 5})};
  std::vector<sluice::CelValue> fields;
  for (std::size_t i = 0; i < expression->fields().size(); ++i) {
    fields.push_back(values[i % values.size()]);
  }
  sluice::ExpressionEvaluator evaluator(expression);
  std::string first;
  std::string second;
  const bool has_value = sluice::append_text(first, evaluator.value_of(fields));
  require(has_value == sluice::append_text(second, evaluator.value_of(fields)) && first == second);
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
  check_evaluation(*tree, all);
  return 0;
}
