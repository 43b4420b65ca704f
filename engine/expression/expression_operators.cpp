// Operators in expressions: which types they go with.
#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "engine/expression/arithmetic.h"
#include "engine/expression/expression_compiler.h"

namespace sluice {
namespace {

using Type = CelValue::Type;
using Comparison = Expression::Comparison;
using Operation = Expression::Operation;

constexpr std::array<std::pair<std::string_view, Comparison>, 6> comparisons{
    {{"_==_", Comparison::equal},
     {"_!=_", Comparison::unequal},
     {"_<_", Comparison::less},
     {"_<=_", Comparison::less_equal},
     {"_>_", Comparison::greater},
     {"_>=_", Comparison::greater_equal}}};
constexpr std::array<std::pair<std::string_view, Operation>, 5> operations{
    {{"_+_", Operation::add},
     {"_-_", Operation::subtract},
     {"_*_", Operation::multiply},
     {"_/_", Operation::divide},
     {"_%_", Operation::modulo}}};

constexpr TypeSet numbers = set_of(Type::integer) | set_of(Type::natural) | set_of(Type::real);

bool is_type_call(const SyntaxNode& syntax) {
  return syntax.kind == SyntaxNode::Kind::call && syntax.name == "type" && !syntax.target;
}

}  // namespace

ExpressionCompiler::Maybe ExpressionCompiler::operation(const SyntaxNode& syntax,
                                                        bool& is_operator) {
  is_operator = true;
  if (syntax.name == "_&&_") return logic(syntax, Node::Kind::all_of);
  if (syntax.name == "_||_") return logic(syntax, Node::Kind::any_of);
  if (syntax.name == "_?_:_") return choice(syntax);
  if (syntax.name == "!_" || syntax.name == "-_") return sign(syntax);
  if (syntax.name == "@in") return membership(syntax);
  if (syntax.name == "_[_]") return index(syntax);
  for (const auto& [name, comparison] : comparisons) {
    if (name == syntax.name) return this->comparison(syntax, comparison);
  }
  for (const auto& [name, operation] : operations) {
    if (name == syntax.name) return arithmetic(syntax, operation);
  }
  is_operator = false;
  return std::nullopt;
}

/// An operand that is true or false.
ExpressionCompiler::Maybe ExpressionCompiler::condition(const SyntaxNode& syntax) {
  Maybe typed = expression(syntax);
  if (typed && (typed->types & set_of(Type::boolean)) == 0 && options_.check_types) {
    return fail(syntax.range,
                "a condition is true or false, and this is " + print_types(typed->types));
  }
  return typed;
}

ExpressionCompiler::Maybe ExpressionCompiler::logic(const SyntaxNode& syntax, Node::Kind kind) {
  std::vector<Typed> sides;
  for (const SyntaxNodePtr& argument : syntax.arguments) {
    const Maybe side = condition(*argument);
    if (!side) return std::nullopt;
    sides.push_back(*side);
  }
  Node node;
  node.kind = kind;
  return fold(node, sides, set_of(Type::boolean), syntax.range);
}

ExpressionCompiler::Maybe ExpressionCompiler::choice(const SyntaxNode& syntax) {
  std::vector<Typed> parts;
  for (std::size_t i = 0; i < 3; ++i) {
    const Maybe part = i == 0 ? condition(*syntax.arguments[i]) : expression(*syntax.arguments[i]);
    if (!part) return std::nullopt;
    parts.push_back(*part);
  }
  Node node;
  node.kind = Node::Kind::choice;
  return fold(node, parts, parts[1].types | parts[2].types, syntax.range);
}

ExpressionCompiler::Maybe ExpressionCompiler::sign(const SyntaxNode& syntax) {
  const bool is_negation = syntax.name == "!_";
  const SyntaxNode& operand = *syntax.arguments.front();
  const Maybe typed = is_negation ? condition(operand) : expression(operand);
  if (!typed) return std::nullopt;
  constexpr TypeSet signed_types =
      set_of(Type::integer) | set_of(Type::real) | set_of(Type::duration);
  Node node;
  node.kind = is_negation ? Node::Kind::negation : Node::Kind::minus;
  if (is_negation) return fold(node, {*typed}, set_of(Type::boolean), syntax.range);
  if ((typed->types & signed_types) == 0) {
    return mismatch(operand.range, "'-' is for numbers, and this is " + print_types(typed->types));
  }
  return fold(node, {*typed}, typed->types & signed_types, syntax.range);
}

ExpressionCompiler::Maybe ExpressionCompiler::arithmetic(const SyntaxNode& syntax,
                                                         Operation operation) {
  const Maybe left = expression(*syntax.arguments[0]);
  if (!left) return std::nullopt;
  const Maybe right = expression(*syntax.arguments[1]);
  if (!right) return std::nullopt;
  Node node;
  node.kind = Node::Kind::arithmetic;
  node.operation = operation;
  node.is_lenient = left->has_field || right->has_field;
  const TypeSet types = types_of(operation, left->types, right->types, node.is_lenient);
  if (types == 0) {
    const bool is_text = ((left->types | right->types) & set_of(Type::text)) != 0;
    const bool is_mixed = (left->types & numbers) != 0 && (right->types & numbers) != 0;
    return mismatch(syntax.range,
                    "cannot compute " + print_types(left->types) + " " +
                        std::string(sign_of(operation)) + " " + print_types(right->types),
                    is_text    ? "string(x) makes a text of a number"
                    : is_mixed ? "double(x) and int(x) make numbers of one type"
                               : "");
  }
  return fold(node, {*left, *right}, types, syntax.range);
}

ExpressionCompiler::Maybe ExpressionCompiler::comparison(const SyntaxNode& syntax,
                                                         Comparison comparison) {
  std::vector<Typed> sides;
  for (std::size_t i = 0; i < 2; ++i) {
    wants_type_ = is_type_call(*syntax.arguments[1 - i]);
    const Maybe side = expression(*syntax.arguments[i]);
    wants_type_ = false;
    if (!side) return std::nullopt;
    sides.push_back(*side);
  }
  if (options_.check_types && !check_comparison(syntax, comparison, sides[0], sides[1])) {
    return std::nullopt;
  }
  Node node;
  node.kind = Node::Kind::comparison;
  node.comparison = comparison;
  return fold(node, sides, set_of(Type::boolean), syntax.range);
}

bool ExpressionCompiler::check_comparison(const SyntaxNode& syntax, Comparison comparison,
                                          const Typed& left, const Typed& right) {
  constexpr TypeSet null = set_of(Type::null);
  const bool is_ordered = comparison != Comparison::equal && comparison != Comparison::unequal;
  if (left.types == null || right.types == null) {
    if (!is_ordered) return true;
    fail(syntax.range, "null is not less or more than anything", "compare it by == or !=");
    return false;
  }
  if ((left.types & right.types & ~null) != 0) return true;
  if ((left.types & numbers) != 0 && (right.types & numbers) != 0) return true;
  std::string hint;
  const SyntaxNode& other = *syntax.arguments[(left.types & numbers) != 0 ? 1 : 0];
  if (((left.types | right.types) & numbers) != 0 && other.kind == SyntaxNode::Kind::literal &&
      std::holds_alternative<std::string>(other.literal)) {
    hint = "numbers stand without quotes";
  } else if (((left.types | right.types) & set_of(Type::timestamp)) != 0) {
    hint = "timestamp(\"2026-01-31T00:00:00Z\") is a time";
  } else if (((left.types | right.types) & set_of(Type::duration)) != 0) {
    hint = "duration(\"1m30s\") is a duration";
  }
  const std::string sign = syntax.name.substr(1, syntax.name.size() - 2);
  fail(syntax.range,
       "cannot compare " + print_types(left.types) + " " + sign + " " + print_types(right.types),
       std::move(hint));
  return false;
}

ExpressionCompiler::Maybe ExpressionCompiler::membership(const SyntaxNode& syntax) {
  const Maybe left = expression(*syntax.arguments[0]);
  if (!left) return std::nullopt;
  const Maybe right = expression(*syntax.arguments[1]);
  if (!right) return std::nullopt;
  if ((right->types & (set_of(Type::list) | set_of(Type::map))) == 0) {
    return mismatch(syntax.arguments[1]->range,
                    "'in' is for lists and maps, and this is " + print_types(right->types));
  }
  Node node;
  node.kind = Node::Kind::membership;
  return fold(node, {*left, *right}, set_of(Type::boolean), syntax.range);
}

ExpressionCompiler::Maybe ExpressionCompiler::index(const SyntaxNode& syntax) {
  if (const auto keys = path_keys(syntax); keys && !begins_with_local(syntax)) {
    return path(syntax, *keys);
  }
  const SyntaxNode& target = *syntax.arguments[0];
  if (target.kind == SyntaxNode::Kind::name && target.name == "record") {
    return fail(syntax.arguments[1]->range, "the name of a field stands in quotes",
                "as in record[\"user-agent\"]");
  }
  const Maybe of = expression(target);
  if (!of) return std::nullopt;
  const Maybe at = expression(*syntax.arguments[1]);
  if (!at) return std::nullopt;
  if ((of->types & (set_of(Type::list) | set_of(Type::map))) == 0) {
    return mismatch(target.range,
                    "only lists and maps have an index, and this is " + print_types(of->types));
  }
  Node node;
  node.kind = Node::Kind::index;
  return fold(node, {*of, *at}, any_type, syntax.range);
}

}  // namespace sluice
