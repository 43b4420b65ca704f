#include "engine/expression/expression_compiler.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "engine/base/escape.h"
#include "engine/expression/evaluation.h"
#include "engine/stage/field_path.h"

namespace sluice {
namespace {

using Type = CelValue::Type;

TypeSet types_of_field(FieldType type) {
  switch (type) {
    case FieldType::any:
      return any_type;
    case FieldType::boolean:
      return set_of(Type::boolean) | set_of(Type::null);
    case FieldType::integer:
      return set_of(Type::integer) | set_of(Type::natural) | set_of(Type::null);
    case FieldType::real:
      return set_of(Type::real) | set_of(Type::null);
    case FieldType::text:
      return set_of(Type::text) | set_of(Type::null);
    case FieldType::timestamp:
      return set_of(Type::timestamp) | set_of(Type::null);
    case FieldType::duration:
      return set_of(Type::duration) | set_of(Type::null);
  }
  return any_type;
}

std::string joined(const std::vector<std::string>& keys, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += (i > 0 ? "." : "") + keys[i];
  return all;
}

/// Whether a path is written with a dot in front: no container counts.
bool is_absolute(const SyntaxNode& path) {
  const SyntaxNode* at = &path;
  while (at->kind != SyntaxNode::Kind::name) {
    at = at->kind == SyntaxNode::Kind::select ? at->target.get() : at->arguments[0].get();
  }
  return at->absolute;
}

/// "a.b" makes "a.b.", "a." and "".
std::vector<std::string> prefixes_of(const std::string& container) {
  std::vector<std::string> prefixes;
  std::string rest = container;
  while (!rest.empty()) {
    prefixes.push_back(rest + ".");
    const std::size_t dot = rest.rfind('.');
    rest.resize(dot == std::string::npos ? 0 : dot);
  }
  prefixes.emplace_back();
  return prefixes;
}

}  // namespace

std::optional<std::vector<std::string>> path_keys(const SyntaxNode& syntax) {
  if (syntax.kind == SyntaxNode::Kind::name) return std::vector<std::string>{syntax.name};
  const bool is_index = syntax.kind == SyntaxNode::Kind::call && syntax.name == "_[_]";
  if (!is_index && syntax.kind != SyntaxNode::Kind::select) return std::nullopt;
  auto keys = path_keys(is_index ? *syntax.arguments[0] : *syntax.target);
  if (!keys) return std::nullopt;
  if (!is_index) {
    keys->push_back(syntax.name);
    return keys;
  }
  const SyntaxNode& index = *syntax.arguments[1];
  const auto* key = std::get_if<std::string>(&index.literal);
  if (index.kind != SyntaxNode::Kind::literal || key == nullptr) return std::nullopt;
  keys->push_back(*key);
  return keys;
}

std::string print_types(TypeSet types) {
  if (types == any_type) return "any type";
  if (types != set_of(Type::null)) types &= ~set_of(Type::null);
  // A field of ints may hold what only a uint does.
  if ((types & set_of(Type::integer)) != 0) types &= ~set_of(Type::natural);
  std::string all;
  for (unsigned i = 0; i < 16; ++i) {
    const auto type = static_cast<Type>(i);
    if ((types & set_of(type)) == 0 || type == Type::error || type == Type::json) continue;
    std::string_view name = name_of(type);
    if (type == Type::timestamp) name = "timestamp";
    if (type == Type::duration) name = "duration";
    if (type == Type::null) name = "null";
    all += (all.empty() ? "" : " or ") + std::string(name);
  }
  return all;
}

FieldType Expression::type() const noexcept {
  const TypeSet types = types_ & ~set_of(Type::null);
  const TypeSet whole = set_of(Type::integer) | set_of(Type::natural);
  if (types == 0) return FieldType::any;
  if ((types & ~whole) == 0) return FieldType::integer;
  if (types == set_of(Type::boolean)) return FieldType::boolean;
  if (types == set_of(Type::real)) return FieldType::real;
  if (types == set_of(Type::timestamp)) return FieldType::timestamp;
  if (types == set_of(Type::duration)) return FieldType::duration;
  const TypeSet texts = set_of(Type::text) | set_of(Type::bytes) | set_of(Type::type) |
                        set_of(Type::address) | set_of(Type::network);
  return (types & ~texts) == 0 ? FieldType::text : FieldType::any;
}

std::shared_ptr<const Expression> Expression::compile(const SyntaxNode& syntax,
                                                      const Schema& schema,
                                                      ExpressionMistake& mistake) {
  return compile(syntax, schema, {}, mistake);
}

std::shared_ptr<const Expression> Expression::compile(const SyntaxNode& syntax,
                                                      const Schema& schema,
                                                      const ExpressionOptions& options,
                                                      ExpressionMistake& mistake) {
  return ExpressionCompiler(schema, options, mistake).run(syntax);
}

std::shared_ptr<const Expression> ExpressionCompiler::run(const SyntaxNode& syntax) {
  made_ = std::shared_ptr<Expression>(new Expression());  // NOLINT: the constructor is private.
  const Maybe root = expression(syntax);
  if (!root) return nullptr;
  made_->root_ = root->node;
  made_->types_ = root->types;
  allow_lazy(root->node);
  return made_;
}

/// What is only passed on need not be looked into.
void ExpressionCompiler::allow_lazy(std::uint32_t number) {
  Node& node = made_->nodes_[number];
  if (node.kind == Node::Kind::field) node.is_lazy = true;
  if (node.kind != Node::Kind::choice) return;
  allow_lazy(made_->children_[node.first_child + 1]);
  allow_lazy(made_->children_[node.first_child + 2]);
}

// --- Nodes ---------------------------------------------------------------------------------------

ExpressionCompiler::Maybe ExpressionCompiler::fail(TextRange range, std::string message,
                                                   std::string hint) {
  mistake_ = {std::move(message), std::move(hint), range};
  return std::nullopt;
}

ExpressionCompiler::Maybe ExpressionCompiler::mismatch(TextRange range, std::string message,
                                                       std::string hint) {
  if (options_.check_types) return fail(range, std::move(message), std::move(hint));
  return constant(made_->constants_.error({message}));
}

ExpressionCompiler::Typed ExpressionCompiler::add(Node node, const std::vector<Typed>& children,
                                                  TypeSet types) {
  Typed typed;
  node.first_child = static_cast<std::uint32_t>(made_->children_.size());
  node.child_count = static_cast<std::uint32_t>(children.size());
  for (const Typed& child : children) {
    made_->children_.push_back(child.node);
    typed.has_field = typed.has_field || child.has_field;
  }
  typed.node = static_cast<std::uint32_t>(made_->nodes_.size());
  typed.types = types;
  made_->nodes_.push_back(node);
  return typed;
}

ExpressionCompiler::Typed ExpressionCompiler::constant(const CelValue& value) {
  Node node;
  node.value = value;
  return add(node, {}, value.is_error() ? any_type : set_of(value.type()));
}

bool ExpressionCompiler::is_constant(const Typed& typed) const {
  return made_->nodes_[typed.node].kind == Node::Kind::constant;
}

ExpressionCompiler::Maybe ExpressionCompiler::fold(Node node, const std::vector<Typed>& children,
                                                   TypeSet types, TextRange range) {
  const bool is_fixed = std::all_of(children.begin(), children.end(),
                                    [&](const Typed& child) { return is_constant(child); });
  const Typed typed = add(node, children, types);
  if (!is_fixed) return typed;
  std::vector<CelValue> stack;
  const RecordFields none;
  const CelValue value = Evaluation(*made_, made_->constants_, {}, stack, none).run(typed.node);
  if (!value.is_error()) return constant(value);
  const bool is_call = node.kind == Node::Kind::call && options_.check_types;
  const bool has_error = std::any_of(children.begin(), children.end(), [&](const Typed& child) {
    return made_->nodes_[child.node].value.is_error();
  });
  // A function that goes wrong whatever the record is a slip; what `1 / 0` does may be absorbed.
  if (is_call && !has_error) return fail(range, "always goes wrong: " + std::string(value.text()));
  return typed;
}

ExpressionCompiler::Maybe ExpressionCompiler::expression(const SyntaxNode& syntax) {
  switch (syntax.kind) {
    case SyntaxNode::Kind::literal:
      return literal(syntax);
    case SyntaxNode::Kind::name:
    case SyntaxNode::Kind::select:
      return select(syntax);
    case SyntaxNode::Kind::call: {
      bool is_operator = false;
      Maybe made = operation(syntax, is_operator);
      return is_operator ? made : call(syntax);
    }
    case SyntaxNode::Kind::list:
      return list(syntax);
    case SyntaxNode::Kind::map:
      return map(syntax);
    case SyntaxNode::Kind::message:
      break;
  }
  return mismatch(syntax.range, "there are no messages here, such as '" + syntax.name + "'",
                  "a map is written {\"name\": value}");
}

ExpressionCompiler::Maybe ExpressionCompiler::literal(const SyntaxNode& syntax) {
  const Literal& literal = syntax.literal;
  if (const auto* boolean = std::get_if<bool>(&literal)) {
    return constant(CelValue::boolean(*boolean));
  }
  if (const auto* integer = std::get_if<std::int64_t>(&literal)) {
    return constant(CelValue::integer(*integer));
  }
  if (const auto* natural = std::get_if<std::uint64_t>(&literal)) {
    return constant(CelValue::natural(*natural));
  }
  if (const auto* real = std::get_if<double>(&literal)) return constant(CelValue::real(*real));
  if (const auto* text = std::get_if<std::string>(&literal)) {
    return constant(made_->constants_.text(*text));
  }
  if (const auto* bytes = std::get_if<BytesLiteral>(&literal)) {
    return constant(made_->constants_.bytes(bytes->bytes));
  }
  return constant(CelValue::null());
}

ExpressionCompiler::Maybe ExpressionCompiler::list(const SyntaxNode& syntax) {
  std::vector<Typed> items;
  for (const SyntaxNodePtr& item : syntax.arguments) {
    const Maybe typed = expression(*item);
    if (!typed) return std::nullopt;
    items.push_back(*typed);
  }
  Node node;
  node.kind = Node::Kind::list;
  return fold(node, items, set_of(Type::list), syntax.range);
}

ExpressionCompiler::Maybe ExpressionCompiler::map(const SyntaxNode& syntax) {
  constexpr TypeSet keys =
      set_of(Type::text) | set_of(Type::integer) | set_of(Type::natural) | set_of(Type::boolean);
  std::vector<Typed> parts;
  for (std::size_t i = 0; i < syntax.arguments.size(); ++i) {
    const Maybe typed = expression(*syntax.arguments[i]);
    if (!typed) return std::nullopt;
    if (i % 2 == 0 && (typed->types & keys) == 0) {
      return mismatch(
          syntax.arguments[i]->range,
          "a key is a string, an int, a uint or a bool, and this is " + print_types(typed->types));
    }
    parts.push_back(*typed);
  }
  Node node;
  node.kind = Node::Kind::map;
  return fold(node, parts, set_of(Type::map), syntax.range);
}

// --- Names ---------------------------------------------------------------------------------------

const ExpressionCompiler::Local* ExpressionCompiler::find_local(std::string_view name) const {
  const auto found = std::find_if(locals_.rbegin(), locals_.rend(),
                                  [&](const Local& local) { return local.name == name; });
  return found == locals_.rend() ? nullptr : &*found;
}

bool ExpressionCompiler::begins_with_local(const SyntaxNode& syntax) const {
  const SyntaxNode* at = &syntax;
  while (at->kind != SyntaxNode::Kind::name) {
    at = at->kind == SyntaxNode::Kind::select ? at->target.get() : at->arguments[0].get();
  }
  return !at->absolute && find_local(at->name) != nullptr;
}

ExpressionCompiler::Maybe ExpressionCompiler::select(const SyntaxNode& syntax) {
  if (const auto keys = path_keys(syntax); keys && !begins_with_local(syntax)) {
    return path(syntax, *keys);
  }
  if (syntax.kind == SyntaxNode::Kind::name) {
    const Local& local = *find_local(syntax.name);
    Node node;
    node.kind = Node::Kind::local;
    node.number = local.slot;
    Typed typed = add(node, {}, local.types);
    typed.has_field = local.has_field;
    return typed;
  }
  const Maybe target = expression(*syntax.target);
  if (!target) return std::nullopt;
  if ((target->types & set_of(Type::map)) == 0) {
    return mismatch(syntax.name_range,
                    "only maps have fields, and this is " + print_types(target->types));
  }
  return selection(*target, syntax.name);
}

ExpressionCompiler::Maybe ExpressionCompiler::selection(Typed target, const std::string& key) {
  Node node;
  node.kind = Node::Kind::select;
  node.value = made_->constants_.text(key);
  return add(node, {target}, any_type);
}

ExpressionCompiler::Maybe ExpressionCompiler::field(std::string name, FieldType type) {
  auto& fields = made_->fields_;
  const auto found = std::find(fields.begin(), fields.end(), name);
  Node node;
  node.kind = Node::Kind::field;
  node.number = static_cast<std::uint32_t>(found - fields.begin());
  if (found == fields.end()) {
    made_->missing_.push_back(std::string(no_field) + "'" + escape(plain_field(name)) + "'");
    fields.push_back(std::move(name));
  }
  Typed typed = add(node, {}, types_of_field(type));
  typed.has_field = true;
  return typed;
}

/// The longest part of the path that is known to be a field, and what lies in it.
ExpressionCompiler::Maybe ExpressionCompiler::known_path(const SyntaxNode& syntax,
                                                         const std::vector<std::string>& keys) {
  const std::vector<std::string> prefixes =
      is_absolute(syntax) ? std::vector<std::string>{{}} : prefixes_of(options_.container);
  for (const std::string& prefix : prefixes) {
    for (std::size_t count = keys.size(); count > 0; --count) {
      const std::vector<std::string> some(keys.begin(),
                                          keys.begin() + static_cast<std::ptrdiff_t>(count));
      const Field* known = schema_.find(prefix + join_field(some));
      if (known == nullptr) continue;
      Maybe typed = field(known->name, known->type);
      if (count < keys.size() && known->type != FieldType::any) {
        return mismatch(syntax.range,
                        "these records have no field '" + joined(keys, keys.size()) + "'",
                        "'" + plain_field(known->name) + "' has no fields of its own");
      }
      for (; count < keys.size(); ++count) typed = selection(*typed, keys[count]);
      return typed;
    }
  }
  return std::nullopt;
}

}  // namespace sluice
