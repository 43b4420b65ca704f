#include "stages/support/aggregate_input.h"

#include <algorithm>
#include <utility>

#include "engine/base/escape.h"
#include "engine/stage/field_path.h"

namespace sluice {

BoundInput::BoundInput(AggregateInput input, bool needs_value)
    : input_(std::move(input)), needs_value_(needs_value) {
  if (input_.expression) evaluator_ = std::make_unique<ExpressionEvaluator>(input_.expression);
}

void BoundInput::bind(const Batch& batch, std::span<const std::uint32_t> rows, TextArena& texts) {
  problems_.clear();
  if (input_.expression) {
    cells_ = computed(batch, rows, texts);
  } else if (input_.name.empty()) {
    computed_.resize(batch.rows().size());
    for (const std::uint32_t row : rows) computed_[row] = Cell::text(batch.text(batch.rows()[row]));
    cells_ = computed_.data();
  } else {
    const Column* column = batch.find_column(input_.name);
    cells_ = column == nullptr ? nullptr : column->cells.data();
  }
  times_ = cells_;
  if (!input_.window || cells_ == nullptr) return;
  starts_.resize(batch.rows().size());
  for (const std::uint32_t row : rows) {
    const Cell& cell = cells_[row];
    const bool is_time = cell.type() == Cell::Type::timestamp;
    starts_[row] = is_time ? Cell::timestamp(input_.window->start_of(cell.timestamp())) : cell;
  }
  cells_ = starts_.data();
}

const Cell* BoundInput::computed(const Batch& batch, std::span<const std::uint32_t> rows,
                                 TextArena& texts) {
  computed_.resize(batch.rows().size());
  evaluator_->bind(batch);
  fields_.clear();
  for (const std::string& field : input_.expression->fields()) {
    fields_.push_back(batch.find_column(field));
  }
  const Column* times = input_.time_part ? batch.find_column(input_.time_part->field()) : nullptr;
  for (const std::uint32_t row : rows) {
    if (times != nullptr && times->cells[row].type() == Cell::Type::timestamp) {
      computed_[row] = Cell::integer((*input_.time_part)(times->cells[row].timestamp()));
      continue;
    }
    const ExpressionEvaluator::Outcome outcome = evaluator_->evaluate(row, texts);
    computed_[row] = outcome.cell;
    if (outcome.ok() || (!needs_value_ && lacks_field(row))) continue;
    problems_.push_back({row, std::string(outcome.problem)});
  }
  return computed_.data();
}

bool BoundInput::lacks_field(std::uint32_t row) const noexcept {
  return std::any_of(fields_.begin(), fields_.end(), [row](const Column* column) {
    return column == nullptr || column->cells[row].is_missing() ||
           column->cells[row].type() == Cell::Type::null;
  });
}

const std::string* BoundInput::problem_of(std::uint32_t row) const noexcept {
  const auto at = std::lower_bound(
      problems_.begin(), problems_.end(), row,
      [](const Problem& problem, std::uint32_t number) { return problem.row < number; });
  return at == problems_.end() || at->row != row ? nullptr : &at->reason;
}

std::string BoundInput::shown() const {
  if (!input_.shown.empty()) return "'" + escape(input_.shown) + "'";
  return input_.name.empty() ? "field 'raw'" : "field '" + escape(plain_field(input_.name)) + "'";
}

std::string BoundInput::why_unfit(std::uint32_t row) const {
  if (cells_ == nullptr || cells_[row].is_missing()) return "no " + shown();
  return shown() + " is " + std::string(name_of(cells_[row].type()));
}

}  // namespace sluice
