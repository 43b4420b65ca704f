#include <charconv>
#include <cstring>
#include <utility>

#include "engine/expression/evaluation.h"
#include "engine/expression/json_values.h"

namespace sluice {
namespace {

using Type = CelValue::Type;

std::string_view kept(std::string_view text, TextArena& texts) {
  if (text.empty()) return {};
  char* copy = texts.allocate(text.size());
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

}  // namespace

ExpressionEvaluator::ExpressionEvaluator(std::shared_ptr<const Expression> expression)
    : expression_(std::move(expression)),
      columns_(expression_->fields().size()),
      locals_(expression_->local_count()) {}

void ExpressionEvaluator::bind(const Batch& batch) {
  batch_ = &batch;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i] = batch.find_column(expression_->fields()[i]);
  }
}

CelValue ExpressionEvaluator::value(std::uint32_t row) {
  context_.begin_record();
  RecordFields fields;
  fields.batch = batch_;
  fields.columns = columns_;
  fields.row = row;
  return Evaluation(*expression_, context_, locals_, stack_, fields).run(expression_->root());
}

CelValue ExpressionEvaluator::value_of(std::span<const CelValue> given) {
  context_.begin_record();
  RecordFields fields;
  fields.given = given;
  return Evaluation(*expression_, context_, locals_, stack_, fields).run(expression_->root());
}

ExpressionEvaluator::Outcome ExpressionEvaluator::evaluate(std::uint32_t row, TextArena& texts) {
  const CelValue result = value(row);
  switch (result.type()) {
    case Type::error:
      return {{}, result.text().empty() ? std::string_view("no value") : result.text()};
    case Type::null:
      return {Cell::null(), {}};
    case Type::boolean:
      return {Cell::boolean(result.boolean()), {}};
    case Type::integer:
      return {Cell::integer(result.integer()), {}};
    case Type::real:
      return {Cell::real(result.real()), {}};
    case Type::timestamp:
      return {Cell::timestamp(result.timestamp()), {}};
    case Type::duration:
      return {Cell::duration(result.duration()), {}};
    case Type::json:
      return {Cell::json(result.text()), {}};
    case Type::text: {
      const bool is_made = context_.arena().holds(result.text());
      return {Cell::text(is_made ? kept(result.text(), texts) : result.text()), {}};
    }
    case Type::natural:
      if (std::in_range<std::int64_t>(result.natural())) {
        return {Cell::integer(static_cast<std::int64_t>(result.natural())), {}};
      }
      break;
    default:
      break;
  }
  text_.clear();
  const bool is_nested = result.type() == Type::list || result.type() == Type::map;
  if (is_nested) {
    if (!append_json_value(text_, result)) return {{}, no_memory_left};
    return {Cell::json(kept(text_, texts)), {}};
  }
  if (result.type() == Type::bytes) {
    append_base64(text_, result.text());
  } else {
    append_text(text_, result);
  }
  const std::string_view text = kept(text_, texts);
  return {result.type() == Type::natural ? Cell::decimal(text) : Cell::text(text), {}};
}

}  // namespace sluice
