// From the syntax tree to an expression: names resolved, types checked where they are known, macros
// expanded, constants folded. Used by Expression::compile alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/expression.h"

namespace sluice {

class ExpressionCompiler {
 public:
  ExpressionCompiler(const Schema& schema, const ExpressionOptions& options,
                     ExpressionMistake& mistake)
      : schema_(schema), options_(options), mistake_(mistake) {}

  std::shared_ptr<const Expression> run(const SyntaxNode& syntax);

 private:
  using Node = Expression::Node;
  /// A node and what is known of its value.
  struct Typed {
    std::uint32_t node = 0;
    TypeSet types = any_type;
    bool has_field = false;  ///< A field takes part in it.
  };
  using Maybe = std::optional<Typed>;
  struct Local {
    std::string name;
    std::uint32_t slot = 0;
    TypeSet types = any_type;
    bool has_field = false;
  };

  Maybe expression(const SyntaxNode& syntax);
  Maybe literal(const SyntaxNode& syntax);
  Maybe list(const SyntaxNode& syntax);
  Maybe map(const SyntaxNode& syntax);

  // Names.
  Maybe path(const SyntaxNode& syntax, const std::vector<std::string>& keys);
  Maybe known_path(const SyntaxNode& syntax, const std::vector<std::string>& keys);
  Maybe meta(const SyntaxNode& syntax);
  Maybe field(std::string name, FieldType type);
  Maybe selection(Typed target, const std::string& key);
  Maybe select(const SyntaxNode& syntax);
  const Local* find_local(std::string_view name) const;
  bool begins_with_local(const SyntaxNode& syntax) const;

  // Operators.
  Maybe operation(const SyntaxNode& syntax, bool& is_operator);
  Maybe logic(const SyntaxNode& syntax, Node::Kind kind);
  Maybe choice(const SyntaxNode& syntax);
  Maybe sign(const SyntaxNode& syntax);
  Maybe arithmetic(const SyntaxNode& syntax, Expression::Operation operation);
  Maybe comparison(const SyntaxNode& syntax, Expression::Comparison comparison);
  bool check_comparison(const SyntaxNode& syntax, Expression::Comparison comparison,
                        const Typed& left, const Typed& right);
  Maybe membership(const SyntaxNode& syntax);
  Maybe index(const SyntaxNode& syntax);
  Maybe condition(const SyntaxNode& syntax);

  // Functions and macros.
  Maybe call(const SyntaxNode& syntax);
  Maybe function(const SyntaxNode& syntax, const std::string& name, bool is_member);
  Maybe overloads(const SyntaxNode& syntax, const std::string& name, bool is_member,
                  const std::vector<Typed>& arguments);
  Maybe no_function(const SyntaxNode& syntax, const std::string& name, bool is_member);
  Maybe no_overload(const SyntaxNode& syntax, const std::string& name, bool is_member,
                    const std::vector<Typed>& arguments);
  Maybe has(const SyntaxNode& syntax);
  Maybe macro(const SyntaxNode& syntax, bool& is_macro);
  Maybe comprehension(const SyntaxNode& syntax, Expression::Macro macro, std::size_t variables);

  // Nodes.
  Maybe fail(TextRange range, std::string message, std::string hint = {});
  /// A mistake, or an error of each record where types are not checked.
  Maybe mismatch(TextRange range, std::string message, std::string hint = {});
  Typed constant(const CelValue& value);
  Typed add(Node node, const std::vector<Typed>& children, TypeSet types);
  /// The same, made constant when all children are.
  Maybe fold(Node node, const std::vector<Typed>& children, TypeSet types, TextRange range);
  bool is_constant(const Typed& typed) const;
  void allow_lazy(std::uint32_t node);

  const Schema& schema_;
  const ExpressionOptions& options_;
  ExpressionMistake& mistake_;
  std::shared_ptr<Expression> made_;
  std::vector<Local> locals_;
  bool wants_type_ = false;  ///< Names of types mean types even where a field may be called so.
};

/// How messages name some types: "int", "any type".
std::string print_types(TypeSet types);

/// The keys of `a`, `a.b`, `a["b"]`, outermost first; nothing when it is something else.
std::optional<std::vector<std::string>> path_keys(const SyntaxNode& syntax);

}  // namespace sluice
