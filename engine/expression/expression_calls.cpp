// Functions and macros in expressions.
#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/diagnostic.h"
#include "engine/expression/expression_compiler.h"

namespace sluice {
namespace {

using Type = CelValue::Type;
using Macro = Expression::Macro;

struct MacroShape {
  std::string_view name;
  Macro macro;
  std::size_t variables;
  std::size_t fewest;  ///< Arguments, the variables counted.
  std::size_t most;
};
constexpr std::array<MacroShape, 11> macros{{{"all", Macro::all, 1, 2, 2},
                                             {"exists", Macro::exists, 1, 2, 2},
                                             {"exists_one", Macro::exists_one, 1, 2, 2},
                                             {"existsOne", Macro::exists_one, 1, 2, 2},
                                             {"map", Macro::map, 1, 2, 3},
                                             {"filter", Macro::filter, 1, 2, 2},
                                             {"all", Macro::all, 2, 3, 3},
                                             {"exists", Macro::exists, 2, 3, 3},
                                             {"existsOne", Macro::exists_one, 2, 3, 3},
                                             {"transformList", Macro::map, 2, 3, 4},
                                             {"transformMap", Macro::map_entries, 2, 3, 4}}};

/// The name of a function in a namespace, such as "base64.encode"; empty if it is none.
std::string qualified_name(const SyntaxNode& syntax) {
  if (!syntax.target || syntax.target->kind != SyntaxNode::Kind::name) return {};
  std::string name = syntax.target->name + "." + syntax.name;
  for (const auto table : all_functions()) {
    for (const Overload& overload : table) {
      if (!overload.is_member && overload.name == name) return name;
    }
  }
  return {};
}

std::vector<std::string> function_names() {
  std::vector<std::string> names{"has", "all", "exists", "exists_one", "map", "filter"};
  for (const auto table : all_functions()) {
    for (const Overload& overload : table) {
      if (names.back() != overload.name) names.emplace_back(overload.name);
    }
  }
  return names;
}

std::string usage_of(const Overload& overload) {
  std::string text;
  std::size_t first = 0;
  if (overload.is_member) {
    text = print_types(overload.arguments[0]) + ".";
    first = 1;
  }
  text += std::string(overload.name) + "(";
  for (std::size_t i = first; i < overload.count; ++i) {
    text += (i > first ? ", " : "") + print_types(overload.arguments[i]);
  }
  return text + ")";
}

}  // namespace

ExpressionCompiler::Maybe ExpressionCompiler::call(const SyntaxNode& syntax) {
  if (!syntax.target && syntax.name == "has") return has(syntax);
  if (syntax.target && syntax.target->kind == SyntaxNode::Kind::name &&
      find_local(syntax.target->name) == nullptr) {
    const std::string qualified = qualified_name(syntax);
    if (!qualified.empty()) return function(syntax, qualified, false);
  }
  bool is_macro = false;
  Maybe made = macro(syntax, is_macro);
  return is_macro ? made : function(syntax, syntax.name, syntax.target != nullptr);
}

ExpressionCompiler::Maybe ExpressionCompiler::function(const SyntaxNode& syntax,
                                                       const std::string& name, bool is_member) {
  std::vector<Typed> arguments;
  if (is_member) {
    const Maybe target = expression(*syntax.target);
    if (!target) return std::nullopt;
    arguments.push_back(*target);
  }
  for (const SyntaxNodePtr& argument : syntax.arguments) {
    const Maybe typed = expression(*argument);
    if (!typed) return std::nullopt;
    arguments.push_back(*typed);
  }
  const bool is_extreme = name == "math.greatest" || name == "math.least";
  if (is_extreme && !arguments.empty()) {
    constexpr TypeSet fitting =
        set_of(Type::integer) | set_of(Type::natural) | set_of(Type::real) | set_of(Type::list);
    for (const Typed& argument : arguments) {
      const TypeSet wanted = arguments.size() > 1 ? fitting & ~set_of(Type::list) : fitting;
      if ((argument.types & wanted) == 0) {
        return mismatch(syntax.range, "'" + name + "' is for numbers");
      }
    }
    if (arguments.size() > 1) {
      Node list;
      list.kind = Node::Kind::list;
      const Maybe all = fold(list, arguments, set_of(Type::list), syntax.range);
      if (!all) return std::nullopt;
      arguments = {*all};
    }
  }
  return overloads(syntax, name, is_member, arguments);
}

ExpressionCompiler::Maybe ExpressionCompiler::overloads(const SyntaxNode& syntax,
                                                        const std::string& name, bool is_member,
                                                        const std::vector<Typed>& arguments) {
  Node node;
  node.kind = Node::Kind::call;
  node.number = static_cast<std::uint32_t>(made_->overloads_.size());
  TypeSet types = 0;
  bool is_known = false;
  for (const auto table : all_functions()) {
    for (const Overload& overload : table) {
      if (overload.name != name) continue;
      is_known = true;
      bool fits = overload.is_member == is_member && overload.count == arguments.size();
      for (std::size_t i = 0; fits && i < arguments.size(); ++i) {
        fits = (overload.arguments[i] & arguments[i].types) != 0;
      }
      if (!fits) continue;
      made_->overloads_.push_back(&overload);
      types |= overload.result;
    }
  }
  node.count = static_cast<std::uint32_t>(made_->overloads_.size()) - node.number;
  if (node.count > 0) return fold(node, arguments, types, syntax.range);
  return is_known ? no_overload(syntax, name, is_member, arguments)
                  : no_function(syntax, name, is_member);
}

ExpressionCompiler::Maybe ExpressionCompiler::no_function(const SyntaxNode& syntax,
                                                          const std::string& name,
                                                          bool /*is_member*/) {
  return mismatch(syntax.name_range, "there is no function '" + name + "'",
                  did_you_mean(name, function_names()));
}

ExpressionCompiler::Maybe ExpressionCompiler::no_overload(const SyntaxNode& syntax,
                                                          const std::string& name, bool is_member,
                                                          const std::vector<Typed>& arguments) {
  std::vector<std::string> usages;
  TypeSet targets = 0;
  for (const auto table : all_functions()) {
    for (const Overload& overload : table) {
      if (overload.name != name) continue;
      if (usages.size() < 6) usages.push_back(usage_of(overload));
      if (overload.is_member && is_member) targets |= overload.arguments[0];
    }
  }
  std::string hint;
  for (const std::string& usage : usages) hint += (hint.empty() ? "it is used as " : ", ") + usage;
  if (is_member && targets != 0 && (targets & arguments.front().types) == 0) {
    return mismatch(syntax.target->range,
                    "'" + name + "' is for " + print_types(targets) + ", and this is " +
                        print_types(arguments.front().types),
                    std::move(hint));
  }
  std::string given;
  for (std::size_t i = is_member ? 1 : 0; i < arguments.size(); ++i) {
    given += (given.empty() ? "" : ", ") + print_types(arguments[i].types);
  }
  return mismatch(syntax.range, "'" + name + "' does not take (" + given + ")", std::move(hint));
}

ExpressionCompiler::Maybe ExpressionCompiler::has(const SyntaxNode& syntax) {
  if (syntax.arguments.size() != 1) return fail(syntax.range, "'has' takes one field");
  const SyntaxNode& argument = *syntax.arguments.front();
  const bool is_field = path_keys(argument) && !begins_with_local(argument);
  if (!is_field && argument.kind != SyntaxNode::Kind::select) {
    return fail(argument.range, "'has' takes a field, such as has(user) or has(http.status)");
  }
  const Maybe typed = expression(argument);
  if (!typed) return std::nullopt;
  Node& node = made_->nodes_[typed->node];
  if (node.kind == Node::Kind::field) {
    node.kind = Node::Kind::has_field;
  } else if (node.kind == Node::Kind::select) {
    node.kind = Node::Kind::has_key;
  } else if (options_.check_types) {
    return fail(argument.range, "'has' takes a field, such as has(user) or has(http.status)");
  }
  Typed made = *typed;
  made.types = set_of(Type::boolean);
  return made;
}

ExpressionCompiler::Maybe ExpressionCompiler::macro(const SyntaxNode& syntax, bool& is_macro) {
  is_macro = false;
  if (!syntax.target) return std::nullopt;
  const auto is_name = [&](std::size_t i) {
    return i < syntax.arguments.size() && syntax.arguments[i]->kind == SyntaxNode::Kind::name;
  };
  const MacroShape* named = nullptr;
  for (const MacroShape& shape : macros) {
    if (shape.name != syntax.name) continue;
    named = &shape;
    const std::size_t count = syntax.arguments.size();
    if (count < shape.fewest || count > shape.most) continue;
    if (!is_name(0) || (shape.variables == 2 && !is_name(1))) continue;
    is_macro = true;
    return comprehension(syntax, shape.macro, shape.variables);
  }
  if (named == nullptr) return std::nullopt;
  is_macro = true;
  return fail(syntax.range, "'" + syntax.name + "' takes a name for the elements and an expression",
              "as in list." + syntax.name + "(x, x > 1)");
}

ExpressionCompiler::Maybe ExpressionCompiler::comprehension(const SyntaxNode& syntax, Macro macro,
                                                            std::size_t variables) {
  const Maybe range = expression(*syntax.target);
  if (!range) return std::nullopt;
  if ((range->types & (set_of(Type::list) | set_of(Type::map))) == 0) {
    return mismatch(
        syntax.target->range,
        "'" + syntax.name + "' is for lists and maps, and this is " + print_types(range->types));
  }
  Node node;
  node.kind = Node::Kind::macro;
  node.macro = macro;
  node.is_lenient = variables == 2;
  node.number = static_cast<std::uint32_t>(locals_.size());
  for (std::size_t i = 0; i < variables; ++i) {
    const auto slot = static_cast<std::uint32_t>(locals_.size());
    locals_.push_back({syntax.arguments[i]->name, slot, any_type, range->has_field});
  }
  made_->local_count_ = std::max(made_->local_count_, locals_.size());
  std::vector<Typed> children{*range};
  for (std::size_t i = variables; i < syntax.arguments.size(); ++i) {
    const bool is_last = i + 1 == syntax.arguments.size();
    const bool is_value = is_last && (macro == Macro::map || macro == Macro::map_entries);
    const Maybe part =
        is_value ? expression(*syntax.arguments[i]) : condition(*syntax.arguments[i]);
    if (!part) return std::nullopt;
    children.push_back(*part);
  }
  locals_.resize(locals_.size() - variables);
  TypeSet types = set_of(Type::boolean);
  if (macro == Macro::map || macro == Macro::filter) types = set_of(Type::list);
  if (macro == Macro::map_entries) types = set_of(Type::map);
  return add(node, children, types);
}

}  // namespace sluice
