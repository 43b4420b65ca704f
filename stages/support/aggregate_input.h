// The inputs of an aggregate as cells: a column as it is, or what an expression gives.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/data/batch.h"
#include "stages/support/aggregate_spec.h"

namespace sluice {

/// One input, batch by batch. One thread at a time.
///
/// An expression may have no value in a record. Where it reads a field that is missing or null
/// there, and no value is needed, its cell is missing, as that of the field alone would be. All
/// else is a problem of the record.
class BoundInput {
 public:
  BoundInput(AggregateInput input, bool needs_value);

  const AggregateInput& input() const noexcept { return input_; }
  /// Makes the cells of `rows`, which ascend. They live as long as the batch, the texts, and until
  /// the next call. REQUIRES: batch.is_table().
  void bind(const Batch& batch, std::span<const std::uint32_t> rows, TextArena& texts);
  /// By row; null: all are missing.
  const Cell* cells() const noexcept { return cells_; }
  /// Of a window: the times themselves. REQUIRES: the cell of `row` is a timestamp.
  Timestamp time(std::uint32_t row) const noexcept { return times_[row].timestamp(); }

  bool has_problems() const noexcept { return !problems_.empty(); }
  /// Why the record has no value; null: it has one, or needs none.
  const std::string* problem_of(std::uint32_t row) const noexcept;
  /// Why it is bad that `row` has the cell it has.
  std::string why_unfit(std::uint32_t row) const;

 private:
  struct Problem {
    std::uint32_t row = 0;
    std::string reason;
  };

  const Cell* computed(const Batch& batch, std::span<const std::uint32_t> rows, TextArena& texts);
  bool lacks_field(std::uint32_t row) const noexcept;
  std::string shown() const;

  AggregateInput input_;
  bool needs_value_;
  std::unique_ptr<ExpressionEvaluator> evaluator_;  ///< Null: a field.
  const Cell* cells_ = nullptr;
  const Cell* times_ = nullptr;
  std::vector<Cell> computed_;
  std::vector<Cell> starts_;           ///< Of windows.
  std::vector<const Column*> fields_;  ///< That the expression reads.
  std::vector<Problem> problems_;      ///< By row, ascending.
};

}  // namespace sluice
