// The evaluation of a compiled expression over one record; what ExpressionEvaluator does inside.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "engine/expression/expression.h"

namespace sluice {

/// How Expression::missing_reason begins; the field's name in quotes follows.
inline constexpr std::string_view no_field = "no field ";

/// Where the values of fields come from.
struct RecordFields {
  const Batch* batch = nullptr;
  std::span<const Column* const> columns;  ///< By field; null: all missing.
  std::uint32_t row = 0;
  /// Instead of a batch.
  std::span<const CelValue> given;

  /// An error without a reason when the record has no such field.
  CelValue field(std::size_t number) const;
  bool has(std::size_t number) const;
};

/// What a cell is as a value; an error without a reason when it is missing.
CelValue value_of(const Cell& cell);

class Evaluation {
 public:
  /// `locals` has room for all of the expression's; `stack` is for lists that are being made.
  Evaluation(const Expression& expression, FunctionContext& context, std::span<CelValue> locals,
             std::vector<CelValue>& stack, const RecordFields& fields)
      : expression_(expression),
        context_(context),
        locals_(locals),
        stack_(stack),
        fields_(fields) {}

  CelValue run(std::uint32_t number);

 private:
  using Node = Expression::Node;

  CelValue field(const Node& node);
  CelValue logic(const Node& node, bool decisive);
  CelValue choice(const Node& node);
  CelValue has_key(const Node& node);
  CelValue select(const Node& node);
  CelValue index(const Node& node);
  CelValue list(const Node& node);
  CelValue map(const Node& node);
  CelValue arithmetic(const Node& node);
  CelValue comparison(const Node& node);
  CelValue membership(const Node& node);
  CelValue call(const Node& node);
  CelValue macro(const Node& node);
  CelValue quantifier(const Node& node, std::span<const CelValue> items, std::size_t step);
  CelValue collection(const Node& node, std::span<const CelValue> items, std::size_t step);
  /// The error "no '+' of 'name' (string) and int": `sign` does not go with `operands`, which the
  /// children of `node` gave, from number `from` on.
  CelValue mismatch(const Node& node, std::string_view sign, std::span<const CelValue> operands,
                    std::size_t from = 0);
  /// `result`, but what is wrong with the types of `operands` said by mismatch().
  CelValue explained(const Node& node, std::string_view sign, const CelValue& result,
                     std::initializer_list<CelValue> operands);
  void set_locals(const Node& node, std::span<const CelValue> items, std::size_t at,
                  std::size_t step);
  std::uint32_t child(const Node& node, std::size_t number) const {
    return expression_.children(node)[number];
  }

  const Expression& expression_;
  FunctionContext& context_;
  std::span<CelValue> locals_;
  std::vector<CelValue>& stack_;
  const RecordFields& fields_;
};

}  // namespace sluice
