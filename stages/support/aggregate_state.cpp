#include "stages/support/aggregate_state.h"

#include <algorithm>
#include <compare>
#include <cstring>
#include <numeric>
#include <utility>

#include "engine/base/escape.h"
#include "engine/data/compare.h"
#include "engine/stage/field_path.h"

namespace sluice {
namespace {

bool is_nothing(const Cell& cell) noexcept {
  return cell.is_missing() || cell.type() == Cell::Type::null;
}

bool works_with(AggregateFunction function, const Cell& cell) noexcept {
  if (is_nothing(cell) || cell.is_number() || function == AggregateFunction::count) return true;
  const bool is_extreme = function == AggregateFunction::min || function == AggregateFunction::max;
  return is_extreme && cell.type() == Cell::Type::text;
}

/// An integer as long as it can be one.
Cell sum_cell(const ExactSum& sum, TextArena& texts) {
  if (!sum.is_integer()) return Cell::real(sum.real());
  if (sum.fits_int64()) return Cell::integer(sum.integer());
  const std::string digits = sum.integer_text();
  char* copy = texts.allocate(digits.size());
  std::memcpy(copy, digits.data(), digits.size());
  return Cell::decimal({copy, digits.size()});
}

std::string shown(const FieldReference& field) {
  return field.name.empty() ? "raw" : escape(plain_field(field.name));
}

}  // namespace

AggregateState::AggregateState(std::shared_ptr<const AggregateSpec> spec)
    : spec_(std::move(spec)),
      table_(spec_->keys.size()),
      key_columns_(spec_->keys.size()),
      value_columns_(spec_->columns.size()),
      key_(spec_->keys.size()),
      values_(spec_->columns.size()) {}

void AggregateState::bind(const Batch& batch) {
  batch_ = &batch;
  for (std::size_t i = 0; i < key_columns_.size(); ++i) {
    key_columns_[i] = batch.find_column(spec_->keys[i].name);
  }
  for (std::size_t i = 0; i < value_columns_.size(); ++i) {
    const auto& field = spec_->columns[i].field;
    value_columns_[i] = field ? batch.find_column(field->name) : nullptr;
  }
}

Cell AggregateState::cell_of(const FieldReference& field, const Column* column,
                             std::uint32_t row) const {
  if (field.name.empty()) return Cell::text(batch_->text(batch_->rows()[row]));
  return column == nullptr ? Cell() : column->cells[row];
}

std::optional<std::string> AggregateState::add(std::uint32_t row) {
  for (std::size_t i = 0; i < key_.size(); ++i) {
    key_[i] = cell_of(spec_->keys[i], key_columns_[i], row);
    if (key_[i].is_missing()) return "no field '" + shown(spec_->keys[i]) + "'";
  }
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const AggregateColumn& column = spec_->columns[i];
    if (!column.field) continue;
    values_[i] = cell_of(*column.field, value_columns_[i], row);
    if (!works_with(column.function, values_[i])) {
      return "field '" + shown(*column.field) + "' is " + std::string(name_of(values_[i].type()));
    }
  }
  const std::uint32_t group = table_.find_or_add(key_);
  states_.resize(table_.size() * values_.size());
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const AggregateColumn& column = spec_->columns[i];
    if (column.field && is_nothing(values_[i])) continue;
    update(state(group, i), column.function, values_[i]);
  }
  return std::nullopt;
}

void AggregateState::update(State& state, AggregateFunction function, const Cell& cell) {
  ++state.count;
  switch (function) {
    case AggregateFunction::count:
      return;
    case AggregateFunction::sum:
    case AggregateFunction::avg:
      if (cell.type() == Cell::Type::integer) {
        state.sum.add(cell.integer());
      } else {
        state.sum.add(to_double(cell));
      }
      return;
    case AggregateFunction::min:
    case AggregateFunction::max:
      take_extreme(state, function, cell);
      return;
  }
}

void AggregateState::take_extreme(State& state, AggregateFunction function, const Cell& cell) {
  if (!state.extreme.is_missing()) {
    const std::strong_ordering relation = order(cell, extreme_of(state));
    const bool is_better = function == AggregateFunction::min ? relation < 0 : relation > 0;
    if (!is_better) return;
  }
  state.extreme = cell;
  const bool is_text = cell.type() == Cell::Type::text || cell.type() == Cell::Type::decimal;
  state.extreme_text = is_text ? std::string(cell.text()) : std::string();
}

/// With its text where it is now: states move when there are more of them.
Cell AggregateState::extreme_of(const State& state) {
  if (state.extreme.type() == Cell::Type::text) return Cell::text(state.extreme_text);
  if (state.extreme.type() == Cell::Type::decimal) return Cell::decimal(state.extreme_text);
  return state.extreme;
}

void AggregateState::merge(const AggregateState& other) {
  for (std::uint32_t from = 0; from < other.table_.size(); ++from) {
    const std::uint32_t group = table_.find_or_add(other.table_.key(from));
    states_.resize(table_.size() * values_.size());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const State& theirs = other.states_[from * values_.size() + i];
      State& ours = state(group, i);
      ours.count += theirs.count;
      ours.sum.add(theirs.sum);
      if (theirs.extreme.is_missing()) continue;
      take_extreme(ours, spec_->columns[i].function, extreme_of(theirs));
    }
  }
}

void AggregateState::add_empty_group() {
  table_.find_or_add(key_);
  states_.resize(table_.size() * values_.size());
}

std::vector<std::uint32_t> AggregateState::ordered() const {
  std::vector<std::uint32_t> groups(table_.size());
  std::iota(groups.begin(), groups.end(), 0U);
  std::sort(groups.begin(), groups.end(), [this](std::uint32_t a, std::uint32_t b) {
    const auto key_a = table_.key(a);
    const auto key_b = table_.key(b);
    return std::lexicographical_compare(
        key_a.begin(), key_a.end(), key_b.begin(), key_b.end(),
        [](const Cell& x, const Cell& y) { return order(x, y) < 0; });
  });
  return groups;
}

void AggregateState::result(std::uint32_t group, std::vector<Cell>& cells, TextArena& texts) const {
  const auto key = table_.key(group);
  cells.assign(key.begin(), key.end());
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const State& state = states_[group * values_.size() + i];
    const AggregateFunction function = spec_->columns[i].function;
    if (function == AggregateFunction::count) {
      cells.push_back(Cell::integer(static_cast<std::int64_t>(state.count)));
    } else if (state.count == 0) {
      cells.push_back(Cell::null());
    } else if (function == AggregateFunction::avg) {
      cells.push_back(Cell::real(state.sum.real() / static_cast<double>(state.count)));
    } else if (function == AggregateFunction::sum) {
      cells.push_back(sum_cell(state.sum, texts));
    } else {
      cells.push_back(extreme_of(state));
    }
  }
}

}  // namespace sluice
