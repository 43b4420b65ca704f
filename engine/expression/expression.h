// An expression over the fields of records: all of CEL (google/cel-spec, doc/langdef.md) but
// messages, with the extensions strings, math, encoders, network, and comprehensions of two
// variables; besides `parseTimestamp(text, layout [, zone])` and `hash(x)`. docs/expressions.md is
// for its users. Compiled once, evaluated record by record.
//
// What goes wrong with a record is the outcome of its evaluation: a missing field, types that do
// not fit, an overflow, a missing key. It is never a wrong value.
//
// Beyond CEL: where a field takes part in arithmetic, numbers of different types meet as they do in
// comparisons: an int and a double give a double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/batch.h"
#include "engine/expression/cel_value.h"
#include "engine/expression/function_context.h"
#include "engine/expression/functions.h"
#include "engine/expression/syntax.h"
#include "engine/stage/schema.h"

namespace sluice {

struct ExpressionOptions {
  /// Types that never fit, unknown names and unknown functions are mistakes. Else they are errors
  /// of each record.
  bool check_types = true;
  /// In front of names, as the specification's name resolution has it: `a.b`. For its conformance
  /// tests.
  std::string container;
};

/// Immutable once compiled; any number of evaluators may share one.
class Expression {
 public:
  /// Null after filling `mistake`: an unknown field or function, types that never fit.
  static std::shared_ptr<const Expression> compile(const SyntaxNode& syntax, const Schema& schema,
                                                   ExpressionMistake& mistake);
  static std::shared_ptr<const Expression> compile(const SyntaxNode& syntax, const Schema& schema,
                                                   const ExpressionOptions& options,
                                                   ExpressionMistake& mistake);

  /// The fields it reads.
  const std::vector<std::string>& fields() const noexcept { return fields_; }
  /// What it gives, as far as that is known. A uint counts as an integer.
  FieldType type() const noexcept;
  /// The same as a set of types, all of them where it is not known.
  TypeSet types() const noexcept { return types_; }

  // The compiled form, for the evaluator.

  enum class Operation : std::uint8_t { add, subtract, multiply, divide, modulo };
  enum class Comparison : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal };
  enum class Macro : std::uint8_t { all, exists, exists_one, map, filter, map_entries };
  struct Node {
    enum class Kind : std::uint8_t {
      constant,    ///< `value`.
      field,       ///< Number `number` of fields().
      raw,         ///< The record's text.
      local,       ///< The variable of a macro in slot `number`.
      has_field,   ///< Whether there is field number `number`.
      has_key,     ///< Whether the child has the key `value`.
      select,      ///< What the child has under the key `value`.
      index,       ///< Of a list or a map, by the second child.
      list,        ///< Of the children.
      map,         ///< Of the children: keys and values in turn.
      all_of,      ///< `&&`
      any_of,      ///< `||`
      choice,      ///< `?:`
      negation,    ///< `!`
      minus,       ///< `-` of one operand.
      arithmetic,  ///< `operation`; `is_lenient`: numbers of different types meet.
      comparison,  ///< `comparison`
      membership,  ///< `in`
      call,        ///< One of the `count` overloads from `number` on.
      macro,       ///< `macro` over the first child, with variables in slots `number` and, with
                   ///< `is_lenient`, the next one; the last child is what each element makes, one
                   ///< between them says which do.
    };
    Kind kind = Kind::constant;
    Operation operation = Operation::add;
    Comparison comparison = Comparison::equal;
    Macro macro = Macro::all;
    bool is_lenient = false;
    bool is_lazy = false;  ///< Of a field: JSON may stay what it is.
    std::uint32_t first_child = 0;
    std::uint32_t child_count = 0;
    std::uint32_t number = 0;
    std::uint32_t count = 0;
    CelValue value;
  };
  const Node& node(std::uint32_t number) const noexcept { return nodes_[number]; }
  std::uint32_t root() const noexcept { return root_; }
  std::span<const std::uint32_t> children(const Node& node) const noexcept {
    return {children_.data() + node.first_child, node.child_count};
  }
  const Overload& overload(std::size_t number) const noexcept { return *overloads_[number]; }
  std::size_t local_count() const noexcept { return local_count_; }
  /// Why a record that lacks a field has no outcome: "no field 'a.b'".
  std::string_view missing_reason(std::size_t field) const noexcept { return missing_[field]; }

 private:
  friend class ExpressionCompiler;
  Expression() = default;

  std::vector<std::string> fields_;
  std::deque<std::string> missing_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> children_;
  std::vector<const Overload*> overloads_;
  std::size_t local_count_ = 0;
  std::uint32_t root_ = 0;
  TypeSet types_ = any_type;
  FunctionContext constants_;  ///< Holds what constants are made of.
};

/// Evaluates one expression. One thread at a time.
class ExpressionEvaluator {
 public:
  explicit ExpressionEvaluator(std::shared_ptr<const Expression> expression);

  /// Evaluates records of `batch` from now on, until its columns change. REQUIRES:
  /// batch.is_table().
  void bind(const Batch& batch);

  struct Outcome {
    Cell cell;
    std::string_view problem;  ///< Why there is none; good until the next call. Empty: all is well.
    bool ok() const noexcept { return problem.empty(); }
  };
  /// Of one row. Texts of the cell lie in the batch, in the expression, or in `texts`. Lists and
  /// maps become JSON, and bytes base64 (protobuf's JSON mapping).
  Outcome evaluate(std::uint32_t row, TextArena& texts);
  /// The same as a value, which is good until the next call.
  CelValue value(std::uint32_t row);
  /// Of a record with these fields, in the order of Expression::fields().
  CelValue value_of(std::span<const CelValue> fields);

 private:
  std::shared_ptr<const Expression> expression_;
  FunctionContext context_;
  const Batch* batch_ = nullptr;
  std::vector<const Column*> columns_;  ///< By field; null: all missing.
  std::vector<CelValue> locals_;
  std::vector<CelValue> stack_;
  std::string text_;
};

}  // namespace sluice
