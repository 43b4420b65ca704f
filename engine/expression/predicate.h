// A condition over the fields of records: an expression compiled against a schema, and its two
// evaluators, which give the same answers. The one for columns takes one comparison at a time over
// all rows that still matter; the one for records takes a row at a time and is the reference.
//
// Comparisons between fields and constants (`== != < <= > >= in`), `&&`, `||`, `!`, `contains`,
// `startsWith`, `endsWith`, `has` and boolean fields go column by column; any other part is an
// Expression, evaluated for the rows that matter. Rules are CEL's: a field that is missing, or of a
// type that cannot be compared so, makes an error, and `&&` and `||` absorb errors when the other
// side decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/batch.h"
#include "engine/expression/expression.h"
#include "engine/expression/syntax.h"
#include "engine/stage/schema.h"

namespace sluice {

enum class Verdict : std::uint8_t { no, yes, error };

/// Immutable once compiled; any number of evaluators may share one.
class Predicate {
 public:
  /// Null after filling `mistake`: an unknown field or function, types that never fit.
  static std::shared_ptr<const Predicate> compile(const SyntaxNode& syntax, const Schema& schema,
                                                  ExpressionMistake& mistake);

  /// The fields it reads.
  const std::vector<std::string>& fields() const noexcept { return fields_; }
  /// What must be true of the texts of records for which the verdict is `yes`: each alternative has
  /// a condition that holds. See Demand::conditions.
  std::vector<std::vector<TextCondition>> conditions() const;

  /// All of it for records; what it says of an error is why.
  const std::shared_ptr<const Expression>& whole() const noexcept { return whole_; }

  // The compiled form, for the evaluators.

  enum class Comparison : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal };
  struct Operand {
    enum class Kind : std::uint8_t { constant, field, raw };
    Kind kind = Kind::constant;
    std::size_t field = 0;  ///< In fields().
    Cell constant;          ///< Its text belongs to the predicate.
  };
  struct Node {
    enum class Kind : std::uint8_t { truth, compare, relate, has, negate, all, any, other };
    Kind kind = Kind::truth;
    Comparison comparison = Comparison::equal;
    TextCondition::Relation relation = TextCondition::Relation::contains;
    Operand left;
    Operand right;
    std::vector<std::size_t> children;  ///< In nodes().
    std::size_t expression = 0;         ///< Of `other`: in expressions().
  };
  const std::vector<Node>& nodes() const noexcept { return nodes_; }
  std::size_t root() const noexcept { return nodes_.size() - 1; }
  const std::vector<std::shared_ptr<const Expression>>& expressions() const noexcept {
    return expressions_;
  }

 private:
  friend class PredicateCompiler;
  Predicate() = default;

  std::vector<std::string> fields_;
  std::vector<Node> nodes_;  ///< Children before their parents.
  std::vector<std::shared_ptr<const Expression>> expressions_;
  std::deque<std::string> texts_;
  std::shared_ptr<const Expression> whole_;
};

/// Evaluates one predicate. One thread at a time: it keeps room for results.
class PredicateEvaluator {
 public:
  explicit PredicateEvaluator(std::shared_ptr<const Predicate> predicate);

  /// Column by column: verdicts[i] is that of rows[i]. REQUIRES: batch.is_table().
  void evaluate(const Batch& batch, std::span<const std::uint32_t> rows,
                std::vector<Verdict>& verdicts);
  /// One record.
  Verdict test(const Batch& batch, std::uint32_t row);
  /// Why the verdict of a row is `error`; good until the next call. REQUIRES: it is, and
  /// evaluate() or test() saw `batch` last.
  std::string_view problem(std::uint32_t row);

 private:
  using Rows = std::span<const std::uint32_t>;
  void bind(const Batch& batch);
  Verdict test_node(std::size_t node, std::uint32_t row);
  Cell cell_of(const Predicate::Operand& operand, std::uint32_t row) const;
  void run(std::size_t node, Rows rows, std::vector<Verdict>& out);
  void run_compare(const Predicate::Node& node, Rows rows, Verdict* out) const;
  void run_relate(const Predicate::Node& node, Rows rows, Verdict* out) const;
  void run_children(const Predicate::Node& node, Verdict decisive, Rows rows,
                    std::vector<Verdict>& out);

  std::shared_ptr<const Predicate> predicate_;
  const Batch* batch_ = nullptr;
  std::vector<const Column*> columns_;  ///< By field of the predicate; null: all missing.
  std::deque<ExpressionEvaluator> evaluators_;
  ExpressionEvaluator whole_;
  std::string problem_;
};

}  // namespace sluice
