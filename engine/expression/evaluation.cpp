#include "engine/expression/evaluation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/expression/arithmetic.h"
#include "engine/expression/json_values.h"

namespace sluice {
namespace {

using Type = CelValue::Type;
using Comparison = Expression::Comparison;
using Macro = Expression::Macro;

constexpr CelValue no_steps = CelValue::error(no_steps_left);
constexpr CelValue no_key = CelValue::error("no such key");
constexpr CelValue no_index = CelValue::error("index out of range");

/// How much work it is to look at all of a value.
std::uint64_t weight(const CelValue& value) {
  constexpr std::uint64_t bytes_a_step = 16;
  switch (value.type()) {
    case Type::text:
    case Type::bytes:
      return 1 + value.text().size() / bytes_a_step;
    case Type::list:
    case Type::map: {
      std::uint64_t all = 1;
      for (const CelValue& item : value.items()) {
        all += weight(item);
        if (all > FunctionContext::most_steps) break;
      }
      return all;
    }
    default:
      return 1;
  }
}

/// The number of an element; false when `index` is none.
bool to_position(const CelValue& index, std::uint64_t& to) {
  if (index.type() == Type::integer) {
    to = static_cast<std::uint64_t>(index.integer());
    return true;
  }
  if (index.type() == Type::natural) {
    to = index.natural();
    return true;
  }
  const double number = index.type() == Type::real ? index.real() : -1;
  if (!(number >= 0 && number < 4294967296.0) || std::floor(number) != number) return false;
  to = static_cast<std::uint64_t>(number);
  return true;
}

bool is_key(const CelValue& value) {
  return value.type() == Type::text || value.type() == Type::integer ||
         value.type() == Type::natural || value.type() == Type::boolean;
}

bool holds(Comparison comparison, Ordering relation) {
  switch (comparison) {
    case Comparison::less:
      return relation == Ordering::less;
    case Comparison::less_equal:
      return relation == Ordering::less || relation == Ordering::same;
    case Comparison::greater:
      return relation == Ordering::more;
    case Comparison::greater_equal:
      return relation == Ordering::more || relation == Ordering::same;
    default:
      return false;
  }
}

std::string_view name_of(Macro macro) {
  constexpr std::array<std::string_view, 6> names{"all", "exists", "exists_one",
                                                  "map", "filter", "transformMap"};
  return names[static_cast<std::size_t>(macro)];
}

std::string_view sign_of(Comparison comparison) {
  constexpr std::array<std::string_view, 6> signs{"==", "!=", "<", "<=", ">", ">="};
  return signs[static_cast<std::size_t>(comparison)];
}

}  // namespace

CelValue Evaluation::run(std::uint32_t number) {
  const Node& node = expression_.node(number);
  switch (node.kind) {
    case Node::Kind::constant:
      return node.value;
    case Node::Kind::field:
      return field(node);
    case Node::Kind::raw:
      return CelValue::text(fields_.batch->text(fields_.batch->rows()[fields_.row]));
    case Node::Kind::local:
      return locals_[node.number];
    case Node::Kind::has_field:
      return CelValue::boolean(fields_.has(node.number));
    case Node::Kind::has_key:
      return has_key(node);
    case Node::Kind::select:
      return select(node);
    case Node::Kind::index:
      return index(node);
    case Node::Kind::list:
      return list(node);
    case Node::Kind::map:
      return map(node);
    case Node::Kind::all_of:
      return logic(node, false);
    case Node::Kind::any_of:
      return logic(node, true);
    case Node::Kind::choice:
      return choice(node);
    case Node::Kind::negation: {
      const CelValue value = run(child(node, 0));
      if (value.type() == Type::boolean) return CelValue::boolean(!value.boolean());
      return value.is_error() ? value : mismatch(node, "!", {&value, 1});
    }
    case Node::Kind::minus: {
      const CelValue value = run(child(node, 0));
      return value.is_error() ? value : explained(node, "-", negated(value, context_), {value});
    }
    case Node::Kind::arithmetic:
      return arithmetic(node);
    case Node::Kind::comparison:
      return comparison(node);
    case Node::Kind::membership:
      return membership(node);
    case Node::Kind::call:
      return call(node);
    case Node::Kind::macro:
      return macro(node);
  }
  return {};
}

CelValue Evaluation::field(const Node& node) {
  const CelValue value = fields_.field(node.number);
  if (value.is_error() && value.text().empty()) {
    return CelValue::error(expression_.missing_reason(node.number));
  }
  if (value.type() == Type::json && !node.is_lazy) return open_json(value.text(), context_);
  return value;
}

/// What decides does so whatever is wrong with the other side.
CelValue Evaluation::logic(const Node& node, bool decisive) {
  CelValue problem;
  bool has_problem = false;
  for (std::size_t side = 0; side < node.child_count; ++side) {
    CelValue value = run(child(node, side));
    if (value.type() == Type::boolean) {
      if (value.boolean() == decisive) return value;
      continue;
    }
    if (!value.is_error()) {
      value = mismatch(node, decisive ? "||" : "&&", std::array{value}, side);
    }
    if (!has_problem) problem = value;
    has_problem = true;
  }
  return has_problem ? problem : CelValue::boolean(!decisive);
}

CelValue Evaluation::choice(const Node& node) {
  const CelValue condition = run(child(node, 0));
  if (condition.is_error()) return condition;
  if (condition.type() != Type::boolean) return mismatch(node, "?:", std::array{condition});
  return run(child(node, condition.boolean() ? 1 : 2));
}

CelValue Evaluation::has_key(const Node& node) {
  const CelValue target = run(child(node, 0));
  if (target.is_error()) return target;
  if (target.type() != Type::map) return mismatch(node, node.value.text(), std::array{target});
  return CelValue::boolean(find_key(target, node.value) != nullptr);
}

CelValue Evaluation::select(const Node& node) {
  const CelValue target = run(child(node, 0));
  if (target.is_error()) return target;
  if (target.type() != Type::map) return mismatch(node, node.value.text(), std::array{target});
  const CelValue* found = find_key(target, node.value);
  return found == nullptr ? no_key : *found;
}

CelValue Evaluation::index(const Node& node) {
  const CelValue target = run(child(node, 0));
  if (target.is_error()) return target;
  const CelValue key = run(child(node, 1));
  if (key.is_error()) return key;
  if (target.type() == Type::map) {
    if (!context_.spend(1 + target.items().size() / 8)) return no_steps;
    const CelValue* found = find_key(target, key);
    return found == nullptr ? no_key : *found;
  }
  std::uint64_t position = 0;
  if (target.type() != Type::list || !to_position(key, position)) {
    return mismatch(node, "[]", std::array{target, key});
  }
  return position < target.items().size() ? target.items()[position] : no_index;
}

CelValue Evaluation::list(const Node& node) {
  const std::size_t mark = stack_.size();
  CelValue made;
  for (const std::uint32_t item : expression_.children(node)) {
    const CelValue value = run(item);
    if (value.is_error()) {
      stack_.resize(mark);
      return value;
    }
    stack_.push_back(value);
  }
  made = context_.list(std::span(stack_).subspan(mark));
  stack_.resize(mark);
  return made;
}

CelValue Evaluation::map(const Node& node) {
  const std::size_t mark = stack_.size();
  CelValue problem = CelValue::null();
  for (const std::uint32_t part : expression_.children(node)) {
    const CelValue value = run(part);
    const bool is_new_key = (stack_.size() - mark) % 2 == 0;
    if (value.is_error()) {
      problem = value;
    } else if (is_new_key && !is_key(value)) {
      problem = context_.error({"a map's key is ", name_of(value.type())});
    } else if (is_new_key &&
               find_key(CelValue::map(std::span(stack_).subspan(mark)), value) != nullptr) {
      problem = CelValue::error("a map has a key twice");
    }
    if (problem.is_error()) break;
    stack_.push_back(value);
  }
  const CelValue made =
      problem.is_error() ? problem : context_.map(std::span(stack_).subspan(mark));
  stack_.resize(mark);
  return made;
}

CelValue Evaluation::arithmetic(const Node& node) {
  const CelValue left = run(child(node, 0));
  if (left.is_error()) return left;
  const CelValue right = run(child(node, 1));
  if (right.is_error()) return right;
  const CelValue result = calculate(node.operation, left, right, node.is_lenient, context_);
  return result.is_error() ? explained(node, sign_of(node.operation), result, {left, right})
                           : result;
}

CelValue Evaluation::comparison(const Node& node) {
  const CelValue left = run(child(node, 0));
  if (left.is_error()) return left;
  const CelValue right = run(child(node, 1));
  if (right.is_error()) return right;
  const bool is_deep = left.type() == Type::list || left.type() == Type::map;
  if (is_deep && !context_.spend(weight(left))) return no_steps;
  if (node.comparison == Comparison::equal) return CelValue::boolean(equal(left, right));
  if (node.comparison == Comparison::unequal) return CelValue::boolean(!equal(left, right));
  const Ordering relation = relate(left, right);
  if (relation == Ordering::impossible) {
    return mismatch(node, sign_of(node.comparison), std::array{left, right});
  }
  return CelValue::boolean(holds(node.comparison, relation));
}

CelValue Evaluation::membership(const Node& node) {
  const CelValue wanted = run(child(node, 0));
  if (wanted.is_error()) return wanted;
  const CelValue all = run(child(node, 1));
  if (all.is_error()) return all;
  if (all.type() != Type::list && all.type() != Type::map) {
    return mismatch(node, "in", std::array{wanted, all});
  }
  const bool is_deep = wanted.type() == Type::list || wanted.type() == Type::map;
  if (!context_.spend(is_deep ? weight(all) : 1 + all.items().size() / 8)) return no_steps;
  if (all.type() == Type::map) return CelValue::boolean(find_key(all, wanted) != nullptr);
  const auto items = all.items();
  return CelValue::boolean(std::any_of(items.begin(), items.end(),
                                       [&](const CelValue& item) { return equal(item, wanted); }));
}

CelValue Evaluation::call(const Node& node) {
  std::array<CelValue, Overload::most_arguments> arguments;
  std::uint64_t work = 1;
  std::size_t count = 0;
  for (const std::uint32_t argument : expression_.children(node)) {
    const CelValue value = run(argument);
    if (value.is_error()) return value;
    if (value.type() == Type::text || value.type() == Type::bytes) work += value.text().size() / 16;
    arguments[count++] = value;
  }
  if (!context_.spend(work)) return no_steps;
  for (std::size_t i = 0; i < node.count; ++i) {
    const Overload& overload = expression_.overload(node.number + i);
    bool fits = true;
    for (std::size_t a = 0; a < count; ++a) {
      fits = fits && (overload.arguments[a] & set_of(arguments[a].type())) != 0;
    }
    if (fits) return overload.function(context_, arguments.data());
  }
  return mismatch(node, expression_.overload(node.number).name, std::span(arguments).first(count));
}

void Evaluation::set_locals(const Node& node, std::span<const CelValue> items, std::size_t at,
                            std::size_t step) {
  if (!node.is_lenient) {
    locals_[node.number] = items[at];
    return;
  }
  const bool is_map = step == 2;
  locals_[node.number] = is_map ? items[at] : CelValue::integer(static_cast<std::int64_t>(at));
  locals_[node.number + 1] = items[at + step - 1];
}

CelValue Evaluation::macro(const Node& node) {
  const CelValue range = run(child(node, 0));
  if (range.is_error()) return range;
  if (range.type() != Type::list && range.type() != Type::map) {
    return mismatch(node, name_of(node.macro), std::array{range});
  }
  const std::size_t step = range.type() == Type::map ? 2 : 1;
  switch (node.macro) {
    case Macro::all:
    case Macro::exists:
    case Macro::exists_one:
      return quantifier(node, range.items(), step);
    default:
      return collection(node, range.items(), step);
  }
}

CelValue Evaluation::quantifier(const Node& node, std::span<const CelValue> items,
                                std::size_t step) {
  CelValue problem = CelValue::null();
  std::size_t count = 0;
  for (std::size_t at = 0; at < items.size(); at += step) {
    if (!context_.spend(1)) return no_steps;
    set_locals(node, items, at, step);
    CelValue value = run(child(node, 1));
    if (value.type() != Type::boolean && !value.is_error()) {
      value = context_.error({"a macro's condition is ", name_of(value.type())});
    }
    if (value.is_error()) {
      if (node.macro == Macro::exists_one) return value;
      if (!problem.is_error()) problem = value;
    } else if (node.macro == Macro::exists_one) {
      count += value.boolean() ? 1 : 0;
    } else if (value.boolean() == (node.macro == Macro::exists)) {
      return value;
    }
  }
  if (node.macro == Macro::exists_one) return CelValue::boolean(count == 1);
  return problem.is_error() ? problem : CelValue::boolean(node.macro == Macro::all);
}

CelValue Evaluation::collection(const Node& node, std::span<const CelValue> items,
                                std::size_t step) {
  const std::size_t mark = stack_.size();
  const bool has_filter = node.child_count == 3 || node.macro == Macro::filter;
  CelValue problem = CelValue::null();
  for (std::size_t at = 0; at < items.size() && !problem.is_error(); at += step) {
    if (!context_.spend(1)) problem = no_steps;
    set_locals(node, items, at, step);
    bool is_wanted = !problem.is_error();
    if (has_filter && is_wanted) {
      const CelValue value = run(child(node, 1));
      is_wanted = value.is_true();
      if (value.is_error()) {
        problem = value;
      } else if (value.type() != Type::boolean) {
        problem = context_.error({"a macro's condition is ", name_of(value.type())});
      }
    }
    if (!is_wanted) continue;
    const CelValue made =
        node.macro == Macro::filter ? items[at] : run(child(node, node.child_count - 1));
    if (made.is_error()) problem = made;
    if (node.macro == Macro::map_entries) stack_.push_back(locals_[node.number]);
    stack_.push_back(made);
  }
  const auto kept = std::span<const CelValue>(stack_).subspan(mark);
  const CelValue made = problem.is_error()                 ? problem
                        : node.macro == Macro::map_entries ? context_.map(kept)
                                                           : context_.list(kept);
  stack_.resize(mark);
  return made;
}

}  // namespace sluice
