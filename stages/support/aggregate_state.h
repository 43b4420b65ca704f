// What an aggregate computes: its functions, and the states of all groups that one thread, or the
// merge of all, has seen.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/batch.h"
#include "engine/expression/field_reference.h"
#include "stages/support/exact_sum.h"
#include "stages/support/group_table.h"

namespace sluice {

enum class AggregateFunction : std::uint8_t { count, sum, min, max, avg };

/// `bytes: sum(bytes)`.
struct AggregateColumn {
  std::string name;  ///< Of the result.
  AggregateFunction function = AggregateFunction::count;
  std::optional<FieldReference> field;  ///< What it is of; count() has none.
};

struct AggregateSpec {
  std::vector<FieldReference> keys;
  std::vector<AggregateColumn> columns;
  std::size_t max_groups = 0;
};

/// Groups and their states. One thread at a time.
class AggregateState {
 public:
  explicit AggregateState(std::shared_ptr<const AggregateSpec> spec);

  /// Tells which columns of `batch` the next records are from.
  void bind(const Batch& batch);
  /// Takes one record in; or answers why it cannot be: a key is missing, or a value is of a type
  /// that the function does not work with. Then nothing has changed. Values that are null or
  /// missing take no part in a function.
  std::optional<std::string> add(std::uint32_t row);
  /// Takes in all groups of another state.
  void merge(const AggregateState& other);

  std::size_t groups() const noexcept { return table_.size(); }
  bool has_too_many_groups() const noexcept { return table_.size() > spec_->max_groups; }
  /// Makes the group of an aggregate without keys, which is there even of no records.
  void add_empty_group();
  /// The numbers of the groups, ordered by their keys.
  std::vector<std::uint32_t> ordered() const;
  /// The cells of a group's result: its key and its columns. Texts live as long as the state, or in
  /// `texts`.
  void result(std::uint32_t group, std::vector<Cell>& cells, TextArena& texts) const;

 private:
  struct State {
    std::uint64_t count = 0;
    ExactSum sum;
    Cell extreme;
    std::string extreme_text;  ///< What `extreme` refers to.
  };

  Cell cell_of(const FieldReference& field, const Column* column, std::uint32_t row) const;
  void update(State& state, AggregateFunction function, const Cell& cell);
  static void take_extreme(State& state, AggregateFunction function, const Cell& cell);
  static Cell extreme_of(const State& state);
  State& state(std::uint32_t group, std::size_t column) {
    return states_[group * spec_->columns.size() + column];
  }

  std::shared_ptr<const AggregateSpec> spec_;
  GroupTable table_;
  std::vector<State> states_;  ///< One per group and column.
  const Batch* batch_ = nullptr;
  std::vector<const Column*> key_columns_;
  std::vector<const Column*> value_columns_;
  std::vector<Cell> key_;
  std::vector<Cell> values_;
};

}  // namespace sluice
