// What records are ordered or told apart by: a field, the record's own text, or an expression. The
// same for every transform that has an option `by`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/data/batch.h"
#include "engine/expression/expression.h"
#include "engine/expression/marked_text.h"
#include "engine/stage/schema.h"

namespace sluice {

/// One part of a key.
struct RecordKey {
  std::string title;  ///< What outputs call it: a field's name (stage/field_path.h).
  FieldType type = FieldType::any;
  std::string field;  ///< Of a key that is a field.
  bool is_text = false;
  std::shared_ptr<const Expression> expression;  ///< Of one that is neither field nor text.
};
using RecordKeys = std::vector<RecordKey>;

/// The key that `written` is; nothing after reporting what is wrong with it.
std::optional<RecordKey> read_record_key(const ExpressionText& written, const Schema& schema,
                                         Diagnostics& diagnostics);
/// Those of them that can be read.
RecordKeys read_record_keys(const std::vector<ExpressionText>& written, const Schema& schema,
                            Diagnostics& diagnostics);

/// Adds what the keys read of a record.
void add_to(FieldSet& set, const RecordKeys& keys);

/// Finds the keys of the records of one batch after the other. One thread at a time.
class RecordKeyReader {
 public:
  explicit RecordKeyReader(std::shared_ptr<const RecordKeys> keys);

  struct Problem {
    std::uint32_t row = 0;
    std::string reason;
  };
  /// Evaluates the keys of all wanted rows of `batch`. Answers the rows, ascending, that an
  /// expression has no value for. A field that a record lacks is a missing cell and no problem; nor
  /// is anything of a record that a parser could not read: all its fields are missing.
  /// REQUIRES: batch.is_table().
  const std::vector<Problem>& bind(Batch& batch);

  /// Key number `part` of all records of the batch at hand, by row; null: all are missing. Good
  /// until the batch's columns change.
  const Cell* cells(std::size_t part) const noexcept { return cells_[part]; }
  Cell cell(std::size_t part, std::uint32_t row) const noexcept {
    return cells_[part] == nullptr ? Cell() : cells_[part][row];
  }

 private:
  void evaluate(std::size_t part, Batch& batch);
  void take_texts(std::size_t part, const Batch& batch);

  std::shared_ptr<const RecordKeys> keys_;
  std::deque<std::optional<ExpressionEvaluator>> evaluators_;  ///< By part.
  std::vector<std::vector<Cell>> made_;                        ///< By part; of texts, expressions.
  std::vector<const Cell*> cells_;
  std::vector<Problem> problems_;
};

}  // namespace sluice
