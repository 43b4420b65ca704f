#include "stages/support/record_keys.h"

#include <algorithm>
#include <utility>

#include "engine/expression/field_reference.h"
#include "engine/stage/field_path.h"
#include "engine/stage/meta_field.h"

namespace sluice {
namespace {

std::string title_of(const FieldReference& field) {
  if (field.name.empty()) return "raw";
  // One key with a dot in it: no data has a field `meta`.
  return find_meta_field(field.name) ? join_field({plain_field(field.name)}) : field.name;
}

}  // namespace

std::optional<RecordKey> read_record_key(const ExpressionText& written, const Schema& schema,
                                         Diagnostics& diagnostics) {
  ExpressionMistake mistake;
  const SyntaxNodePtr syntax = parse_expression(written.text, mistake);
  RecordKey key;
  if (syntax && is_field_path(*syntax)) {
    std::optional<FieldReference> field = resolve_field(*syntax, schema, mistake);
    if (field) {
      key.is_text = field->name.empty();
      key.title = title_of(*field);
      key.type = field->type;
      key.field = std::move(field->name);
      return key;
    }
  } else if (syntax) {
    key.expression = Expression::compile(*syntax, schema, mistake);
    if (key.expression) {
      key.title = join_field({written.text});
      key.type = key.expression->type();
      return key;
    }
  }
  written.report(mistake, "expression.invalid", diagnostics);
  return std::nullopt;
}

RecordKeys read_record_keys(const std::vector<ExpressionText>& written, const Schema& schema,
                            Diagnostics& diagnostics) {
  RecordKeys keys;
  for (const ExpressionText& text : written) {
    auto key = read_record_key(text, schema, diagnostics);
    if (key) keys.push_back(std::move(*key));
  }
  return keys;
}

void add_to(FieldSet& set, const RecordKeys& keys) {
  for (const RecordKey& key : keys) {
    if (!key.field.empty()) set.add(key.field);
    if (!key.expression) continue;
    for (const std::string& field : key.expression->fields()) set.add(field);
  }
}

RecordKeyReader::RecordKeyReader(std::shared_ptr<const RecordKeys> keys)
    : keys_(std::move(keys)), made_(keys_->size()), cells_(keys_->size()) {
  for (const RecordKey& key : *keys_) {
    auto& evaluator = evaluators_.emplace_back();
    if (key.expression) evaluator.emplace(key.expression);
  }
}

const std::vector<RecordKeyReader::Problem>& RecordKeyReader::bind(Batch& batch) {
  problems_.clear();
  for (std::size_t part = 0; part < keys_->size(); ++part) {
    const RecordKey& key = (*keys_)[part];
    if (key.expression) {
      evaluate(part, batch);
    } else if (key.is_text) {
      take_texts(part, batch);
    } else {
      const Column* column = batch.find_column(key.field);
      cells_[part] = column == nullptr ? nullptr : column->cells.data();
    }
  }
  // Each part went over the rows by itself; of a record the first problem is told.
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return a.row < b.row; });
  const auto end = std::unique(problems_.begin(), problems_.end(),
                               [](const Problem& a, const Problem& b) { return a.row == b.row; });
  problems_.erase(end, problems_.end());
  return problems_;
}

void RecordKeyReader::evaluate(std::size_t part, Batch& batch) {
  std::vector<Cell>& cells = made_[part];
  cells.assign(batch.rows().size(), Cell());
  cells_[part] = cells.data();
  ExpressionEvaluator& evaluator = *evaluators_[part];
  evaluator.bind(batch);
  TextArena& texts = batch.arena();
  auto unreadable = batch.bad_rows().begin();
  const auto end = batch.bad_rows().end();
  for (const std::uint32_t row : batch.selection()) {
    while (unreadable != end && *unreadable < row) ++unreadable;
    if (unreadable != end && *unreadable == row) continue;
    const ExpressionEvaluator::Outcome outcome = evaluator.evaluate(row, texts);
    cells[row] = outcome.cell;
    if (!outcome.ok()) problems_.push_back({row, std::string(outcome.problem)});
  }
}

void RecordKeyReader::take_texts(std::size_t part, const Batch& batch) {
  std::vector<Cell>& cells = made_[part];
  cells.resize(batch.rows().size());
  cells_[part] = cells.data();
  for (const std::uint32_t row : batch.selection()) {
    cells[row] = Cell::text(batch.text(batch.rows()[row]));
  }
}

}  // namespace sluice
