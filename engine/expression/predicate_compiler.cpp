// Names resolved and types checked: from the syntax tree to a predicate.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/expression/field_reference.h"
#include "engine/expression/predicate.h"

namespace sluice {
namespace {

using Comparison = Predicate::Comparison;
using Relation = TextCondition::Relation;
using Operand = Predicate::Operand;
using Node = Predicate::Node;

struct ComparisonName {
  std::string_view name;
  Comparison comparison;
  Comparison turned;  ///< With its sides exchanged.
};
constexpr std::array<ComparisonName, 6> comparisons{
    {{"_==_", Comparison::equal, Comparison::equal},
     {"_!=_", Comparison::unequal, Comparison::unequal},
     {"_<_", Comparison::less, Comparison::greater},
     {"_<=_", Comparison::less_equal, Comparison::greater_equal},
     {"_>_", Comparison::greater, Comparison::less},
     {"_>=_", Comparison::greater_equal, Comparison::less_equal}}};

struct RelationName {
  std::string_view name;
  Relation relation;
};
constexpr std::array<RelationName, 3> relations{{{"contains", Relation::contains},
                                                 {"startsWith", Relation::starts_with},
                                                 {"endsWith", Relation::ends_with}}};

/// From it on cells and values of expressions may compare differently: what a cell has as a decimal
/// is a uint there, and ints that are rounded to it are the same as it.
constexpr double exact_border = 9223372036854775808.0;  // 2^63

bool is_number(FieldType type) { return type == FieldType::integer || type == FieldType::real; }

bool is_ordered(Comparison comparison) {
  return comparison != Comparison::equal && comparison != Comparison::unequal;
}

}  // namespace

class PredicateCompiler {
 public:
  PredicateCompiler(const Schema& schema, ExpressionMistake& mistake)
      : schema_(schema), mistake_(mistake) {}

  std::shared_ptr<const Predicate> run(const SyntaxNode& syntax) {
    if (!condition(syntax)) return nullptr;
    predicate_.whole_ = Expression::compile(syntax, schema_, mistake_);
    if (!predicate_.whole_) return nullptr;
    return std::shared_ptr<const Predicate>(new Predicate(std::move(predicate_)));  // NOLINT
  }

 private:
  struct Typed {
    Operand operand;
    FieldType type = FieldType::any;
    bool is_null = false;
  };

  bool fail(TextRange range, std::string message, std::string hint = {}) {
    mistake_ = {std::move(message), std::move(hint), range};
    return false;
  }

  /// Appends the node of a condition, which becomes the last one; false after a mistake.
  bool condition(const SyntaxNode& syntax) {
    const bool is_leaf = syntax.kind != SyntaxNode::Kind::call ||
                         (syntax.name != "_&&_" && syntax.name != "_||_" && syntax.name != "!_");
    const std::size_t nodes = predicate_.nodes_.size();
    needs_expression_ = false;
    if (simple_condition(syntax)) return true;
    if (!is_leaf) return false;
    // What does not go column by column goes record by record, if it goes at all.
    predicate_.nodes_.resize(nodes);
    return other(syntax);
  }

  bool other(const SyntaxNode& syntax) {
    ExpressionMistake mistake;
    auto expression = Expression::compile(syntax, schema_, mistake);
    if (!expression) {
      if (needs_expression_) mistake_ = std::move(mistake);
      return false;
    }
    if ((expression->types() & set_of(CelValue::Type::boolean)) == 0) {
      return fail(syntax.range, "a condition is true or false, and this is " +
                                    std::string(name_of(expression->type())));
    }
    for (const std::string& field : expression->fields()) field_number(field);
    Node node;
    node.kind = Node::Kind::other;
    node.expression = predicate_.expressions_.size();
    predicate_.expressions_.push_back(std::move(expression));
    return add(std::move(node));
  }

  bool simple_condition(const SyntaxNode& syntax) {
    if (syntax.kind == SyntaxNode::Kind::call) return call(syntax);
    const std::optional<Typed> operand = this->operand(syntax);
    if (!operand) return false;
    if (operand->type != FieldType::any && operand->type != FieldType::boolean) {
      return fail(syntax.range, "a condition is true or false, and this is " +
                                    std::string(name_of(operand->type)));
    }
    Node node;
    node.kind = Node::Kind::truth;
    node.left = operand->operand;
    return add(std::move(node));
  }

  bool add(Node node) {
    predicate_.nodes_.push_back(std::move(node));
    return true;
  }

  bool call(const SyntaxNode& syntax) {
    if (syntax.name == "_&&_") return junction(syntax, Node::Kind::all);
    if (syntax.name == "_||_") return junction(syntax, Node::Kind::any);
    if (syntax.name == "!_") return negation(syntax);
    if (syntax.name == "@in") return membership(syntax);
    if (syntax.name == "has" && syntax.target == nullptr) return presence(syntax);
    for (const ComparisonName& known : comparisons) {
      if (known.name == syntax.name) return comparison(syntax, known);
    }
    for (const RelationName& known : relations) {
      if (known.name == syntax.name) return relation(syntax, known.relation);
    }
    return not_simple();
  }

  /// There are no loops over columns for it.
  bool not_simple() {
    needs_expression_ = true;
    return false;
  }

  bool junction(const SyntaxNode& syntax, Node::Kind kind) {
    Node node;
    node.kind = kind;
    for (const SyntaxNodePtr& argument : syntax.arguments) {
      if (!condition(*argument)) return false;
      node.children.push_back(predicate_.root());
    }
    return add(std::move(node));
  }

  bool negation(const SyntaxNode& syntax) {
    if (!condition(*syntax.arguments.front())) return false;
    Node node;
    node.kind = Node::Kind::negate;
    node.children.push_back(predicate_.root());
    return add(std::move(node));
  }

  bool presence(const SyntaxNode& syntax) {
    if (syntax.arguments.size() != 1) return fail(syntax.range, "'has' takes one field");
    const SyntaxNode& argument = *syntax.arguments.front();
    if (!is_field_path(argument)) return not_simple();
    const std::optional<Typed> field = this->field(argument);
    if (!field) return false;
    Node node;
    node.kind = Node::Kind::has;
    node.left = field->operand;
    return add(std::move(node));
  }

  bool comparison(const SyntaxNode& syntax, const ComparisonName& known) {
    std::optional<Typed> left = operand(*syntax.arguments[0]);
    if (!left) return false;
    std::optional<Typed> right = operand(*syntax.arguments[1]);
    if (!right) return false;
    if (left->operand.kind != Operand::Kind::constant &&
        right->operand.kind != Operand::Kind::constant) {
      return not_simple();
    }
    if (!check_types(syntax, known.comparison, *left, *right)) return false;
    Node node;
    node.kind = Node::Kind::compare;
    node.comparison = known.comparison;
    if (left->operand.kind == Operand::Kind::constant) {
      // Constants stand on the right, where the loops expect them.
      std::swap(left, right);
      node.comparison = known.turned;
    }
    node.left = left->operand;
    node.right = right->operand;
    return add(std::move(node));
  }

  bool check_types(const SyntaxNode& syntax, Comparison comparison, const Typed& left,
                   const Typed& right) {
    const std::string op =
        syntax.name.size() > 2 ? syntax.name.substr(1, syntax.name.size() - 2) : syntax.name;
    if (left.is_null || right.is_null) {
      if (!is_ordered(comparison)) return true;
      return fail(syntax.range, "null is not less or more than anything", "compare it by == or !=");
    }
    if (left.type == FieldType::any || right.type == FieldType::any) return true;
    if (left.type == right.type || (is_number(left.type) && is_number(right.type))) return true;
    std::string hint;
    if (is_number(left.type) && right.type == FieldType::text &&
        right.operand.kind == Operand::Kind::constant) {
      hint = "numbers stand without quotes";
    }
    return fail(syntax.range,
                "cannot compare " + std::string(name_of(left.type)) + " " + op + " " +
                    std::string(name_of(right.type)),
                std::move(hint));
  }

  /// `x in [a, b]` is `x == a || x == b`.
  bool membership(const SyntaxNode& syntax) {
    const SyntaxNode& list = *syntax.arguments[1];
    if (list.kind != SyntaxNode::Kind::list) return not_simple();
    const std::optional<Typed> left = operand(*syntax.arguments[0]);
    if (!left) return false;
    Node any;
    any.kind = Node::Kind::any;
    for (const SyntaxNodePtr& item : list.arguments) {
      const std::optional<Typed> right = operand(*item);
      if (!right) return false;
      if (right->operand.kind != Operand::Kind::constant) return not_simple();
      Node node;
      node.kind = Node::Kind::compare;
      node.left = left->operand;
      node.right = right->operand;
      add(std::move(node));
      any.children.push_back(predicate_.root());
    }
    return add(std::move(any));
  }

  bool relation(const SyntaxNode& syntax, Relation relation) {
    if (syntax.target == nullptr || syntax.arguments.size() != 1) {
      return fail(syntax.range,
                  "'" + syntax.name + "' is used as in path." + syntax.name + "(\"text\")");
    }
    const std::optional<Typed> left = operand(*syntax.target);
    if (!left) return false;
    const std::optional<Typed> right = operand(*syntax.arguments.front());
    if (!right) return false;
    const auto may_be_text = [](const Typed& side) {
      return !side.is_null && (side.type == FieldType::any || side.type == FieldType::text);
    };
    if (!may_be_text(*left) || !may_be_text(*right)) {
      const Typed& wrong = may_be_text(*left) ? *right : *left;
      return fail(may_be_text(*left) ? syntax.arguments.front()->range : syntax.target->range,
                  "'" + syntax.name + "' is for texts, and this is " +
                      (wrong.is_null ? "null" : std::string(name_of(wrong.type))));
    }
    Node node;
    node.kind = Node::Kind::relate;
    node.relation = relation;
    node.left = left->operand;
    node.right = right->operand;
    return add(std::move(node));
  }

  std::optional<Typed> operand(const SyntaxNode& syntax) {
    if (syntax.kind == SyntaxNode::Kind::literal) return literal(syntax);
    if (is_field_path(syntax)) return field(syntax);
    not_simple();
    return std::nullopt;
  }

  std::optional<Typed> literal(const SyntaxNode& syntax) {
    Typed typed;
    Cell& cell = typed.operand.constant;
    const Literal& literal = syntax.literal;
    if (std::holds_alternative<std::monostate>(literal)) {
      cell = Cell::null();
      typed.is_null = true;
    } else if (const auto* boolean = std::get_if<bool>(&literal)) {
      cell = Cell::boolean(*boolean);
      typed.type = FieldType::boolean;
    } else if (const auto* integer = std::get_if<std::int64_t>(&literal);
               integer != nullptr && static_cast<double>(*integer) < exact_border) {
      cell = Cell::integer(*integer);
      typed.type = FieldType::integer;
    } else if (const auto* natural = std::get_if<std::uint64_t>(&literal);
               natural != nullptr && static_cast<double>(*natural) < exact_border) {
      cell = Cell::integer(static_cast<std::int64_t>(*natural));
      typed.type = FieldType::integer;
    } else if (const auto* real = std::get_if<double>(&literal);
               real != nullptr && std::abs(*real) < exact_border) {
      cell = Cell::real(*real);
      typed.type = FieldType::real;
    } else if (const auto* text = std::get_if<std::string>(&literal)) {
      cell = Cell::text(predicate_.texts_.emplace_back(*text));
      typed.type = FieldType::text;
    } else {
      not_simple();
      return std::nullopt;
    }
    return typed;
  }

  std::optional<Typed> field(const SyntaxNode& syntax) {
    std::optional<FieldReference> reference = resolve_field(syntax, schema_, mistake_);
    if (!reference) return std::nullopt;
    Typed typed;
    typed.type = reference->type;
    if (reference->name.empty()) {
      typed.operand.kind = Operand::Kind::raw;
      return typed;
    }
    typed.operand.kind = Operand::Kind::field;
    typed.operand.field = field_number(reference->name);
    return typed;
  }

  std::size_t field_number(const std::string& name) {
    auto& fields = predicate_.fields_;
    const auto found = std::find(fields.begin(), fields.end(), name);
    const auto number = static_cast<std::size_t>(found - fields.begin());
    if (found == fields.end()) fields.push_back(name);
    return number;
  }

  const Schema& schema_;
  ExpressionMistake& mistake_;
  Predicate predicate_;
  bool needs_expression_ = false;  ///< The condition at hand is none for columns.
};

std::shared_ptr<const Predicate> Predicate::compile(const SyntaxNode& syntax, const Schema& schema,
                                                    ExpressionMistake& mistake) {
  return PredicateCompiler(schema, mistake).run(syntax);
}

}  // namespace sluice
