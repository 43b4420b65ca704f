// What an evaluation says of types that do not fit.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "engine/expression/evaluation.h"

namespace sluice {
namespace {

using Type = CelValue::Type;

std::string_view word_for(Type type) noexcept {
  if (type == Type::timestamp) return "timestamp";
  if (type == Type::duration) return "duration";
  return type == Type::null ? "null" : name_of(type);
}

/// What is between two operands: "and" of an operator, "with" of a function.
constexpr std::array<std::string_view, 2> joints{" and ", " with "};

}  // namespace

CelValue Evaluation::mismatch(const Node& node, std::string_view sign,
                              std::span<const CelValue> operands, std::size_t from) {
  // The quoted name of an operand that is a field, and what stands around its type.
  struct Words {
    std::string_view name;
    std::string_view open;
    std::string_view type;
    std::string_view close;
  };
  std::array<Words, 2> words;
  for (std::size_t i = 0; i < std::min(operands.size(), words.size()); ++i) {
    words[i].type = word_for(operands[i].type());
    const Node& operand = expression_.node(child(node, from + i));
    if (operand.kind != Node::Kind::field) continue;
    words[i].name = expression_.missing_reason(operand.number).substr(no_field.size());
    words[i].open = " (";
    words[i].close = ")";
  }
  const auto& [first, second] = words;
  const bool is_call = node.kind == Node::Kind::call;
  return context_.error({"no '", sign, "' of ", first.name, first.open, first.type, first.close,
                         operands.size() > 1 ? joints[is_call ? 1 : 0] : std::string_view(),
                         second.name, second.open, second.type, second.close});
}

CelValue Evaluation::explained(const Node& node, std::string_view sign, const CelValue& result,
                               std::initializer_list<CelValue> operands) {
  const bool is_mismatch = result.is_error() && result.text().starts_with("no '");
  return is_mismatch ? mismatch(node, sign, {operands.begin(), operands.size()}) : result;
}

}  // namespace sluice
