#include "stages/support/aggregate_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/data/compare.h"
#include "engine/expression/field_reference.h"
#include "engine/stage/field_path.h"
#include "stages/support/cell_text.h"

namespace sluice {
namespace {

constexpr std::size_t most_bounds = 1000;

class SpecReader {
 public:
  SpecReader(const Schema& input, Diagnostics& diagnostics)
      : input_(input), diagnostics_(diagnostics) {}

  AggregateSpec read(const std::vector<NamedExpression>& group_by,
                     const std::vector<NamedExpression>& compute,
                     const std::optional<WindowOption>& window) {
    if (window) read_window(*window);
    for (const NamedExpression& key : group_by) read_key(key);
    for (const NamedExpression& named : compute) read_column(named);
    if (compute.empty()) {
      spec_.columns.push_back({"count"});
    }
    check_names(compute);
    return std::move(spec_);
  }

 private:
  void read_window(const WindowOption& window) {
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(window.time.text, mistake);
    std::optional<AggregateInput> time;
    if (syntax) time = input_of(*syntax, window.time.text, mistake);
    if (time && time->type != FieldType::any && time->type != FieldType::timestamp) {
      mistake = {"this is " + std::string(name_of(time->type)) + ", and a window needs a timestamp",
                 "timestamp(x) and parseTimestamp(x, layout) make one", syntax->range};
      time.reset();
    }
    if (!time) return window.time.report(mistake, "expression.invalid", diagnostics_);
    time->window.emplace();
    time->window->every_ns = window.every.value.count();
    if (window.lateness) time->window->lateness_ns = window.lateness->value.count();
    time->type = FieldType::timestamp;
    time->shown = window_field;
    spec_.keys.push_back(std::move(*time));
  }

  void read_key(const NamedExpression& key) {
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(key.expression.text, mistake);
    std::optional<AggregateInput> input;
    if (syntax) input = input_of(*syntax, key.expression.text, mistake);
    if (!input) return key.expression.report(mistake, "expression.invalid", diagnostics_);
    if (!key.name.empty()) input->shown = key.name;
    spec_.keys.push_back(std::move(*input));
  }

  void read_column(const NamedExpression& named) {
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(named.expression.text, mistake);
    AggregateColumn column;
    text_ = named.expression.text;
    if (!syntax || !read_call(*syntax, column, mistake)) {
      return named.expression.report(mistake, "expression.invalid", diagnostics_);
    }
    column.name = named.name;
    if (column.name.empty()) column.name = usual_name(*syntax, column);
    spec_.columns.push_back(std::move(column));
  }

  std::string usual_name(const SyntaxNode& syntax, const AggregateColumn& column) const {
    if (column.input && column.input->expression) return std::string(text_);
    std::string name = syntax.name;
    if (column.input) name += "_" + plain_field(key_name(*column.input));
    if (column.function == AggregateFunction::quantile) {
      name += '_';
      append_plain(name, Cell::real(column.quantile));
    }
    return name;
  }

  bool read_call(const SyntaxNode& syntax, AggregateColumn& column, ExpressionMistake& mistake) {
    const auto known =
        std::find_if(aggregate_functions.begin(), aggregate_functions.end(),
                     [&](const AggregateFunctionInfo& info) { return info.name == syntax.name; });
    if (syntax.kind != SyntaxNode::Kind::call || syntax.target ||
        known == aggregate_functions.end()) {
      mistake = {"this is no function of an aggregate", hint_for(syntax.name), syntax.range};
      return false;
    }
    column.function = known->function;
    const std::size_t arguments = syntax.arguments.size();
    if (arguments < known->least_arguments || arguments > known->most_arguments) {
      mistake = {"'" + syntax.name + "' takes " + arguments_of(*known),
                 "write " + std::string(known->usage), syntax.range};
      return false;
    }
    if (arguments == 0) return true;
    const bool is_turned = is_turned_quantile(syntax, *known);
    const SyntaxNode& of = *syntax.arguments[is_turned ? 1 : 0];
    column.input = input_of(of, text_, mistake);
    if (!column.input || !check_type(of, column, mistake)) return false;
    if (column.function == AggregateFunction::quantile) {
      return read_quantile(*syntax.arguments[is_turned ? 0 : 1], column, mistake);
    }
    if (column.function == AggregateFunction::histogram) {
      return read_bounds(*syntax.arguments.back(), column, mistake);
    }
    return true;
  }

  /// `quantile(0.95, x)` is taken as well.
  static bool is_turned_quantile(const SyntaxNode& syntax, const AggregateFunctionInfo& info) {
    return info.function == AggregateFunction::quantile && number_of(*syntax.arguments.front()) &&
           !number_of(*syntax.arguments.back());
  }

  static std::string hint_for(const std::string& name) {
    std::vector<std::string> names;
    std::string all;
    for (const AggregateFunctionInfo& info : aggregate_functions) {
      names.emplace_back(info.name);
      all += (all.empty() ? "there are " : ", ") + std::string(info.usage);
    }
    std::string hint = did_you_mean(name, names);
    return hint.empty() ? all : hint;
  }

  static std::string arguments_of(const AggregateFunctionInfo& info) {
    if (info.most_arguments == 2) return "a value and a constant";
    return info.least_arguments == 0 ? "nothing, or one value" : "one value";
  }

  static std::optional<Cell> number_of(const SyntaxNode& syntax) {
    if (syntax.kind != SyntaxNode::Kind::literal) return std::nullopt;
    if (const auto* integer = std::get_if<std::int64_t>(&syntax.literal)) {
      return Cell::integer(*integer);
    }
    const auto* real = std::get_if<double>(&syntax.literal);
    if (real == nullptr || !std::isfinite(*real)) return std::nullopt;
    return Cell::real(*real);
  }

  static bool read_quantile(const SyntaxNode& syntax, AggregateColumn& column,
                            ExpressionMistake& mistake) {
    const std::optional<Cell> number = number_of(syntax);
    column.quantile = number ? to_double(*number) : -1;
    if (column.quantile >= 0 && column.quantile <= 1) return true;
    mistake = {"which quantile is a number from 0 to 1", "the median is 0.5", syntax.range};
    return false;
  }

  static bool read_bounds(const SyntaxNode& syntax, AggregateColumn& column,
                          ExpressionMistake& mistake) {
    mistake = {"the bounds of a histogram are a list of 1 to " + std::to_string(most_bounds) +
                   " numbers, ascending",
               "as in histogram(x, [10, 100, 1000])", syntax.range};
    if (syntax.kind != SyntaxNode::Kind::list || syntax.arguments.empty() ||
        syntax.arguments.size() > most_bounds) {
      return false;
    }
    for (const SyntaxNodePtr& bound : syntax.arguments) {
      const std::optional<Cell> number = number_of(*bound);
      const bool ascends =
          number && (column.bounds.empty() || compare_numbers(column.bounds.back(), *number) < 0);
      if (!ascends) {
        mistake.range = bound->range;
        return false;
      }
      column.bounds.push_back(*number);
    }
    return true;
  }

  static bool check_type(const SyntaxNode& argument, const AggregateColumn& column,
                         ExpressionMistake& mistake) {
    const FieldType type = column.input->type;
    const std::optional<Cell::Type> cells = cell_type(type);
    if (!cells || works_with(column.function, *cells)) return true;
    mistake = {"this is " + std::string(name_of(type)) + ", and the function works with numbers",
               {},
               argument.range};
    return false;
  }

  /// Of the cells of a field; nothing when they may have any.
  static std::optional<Cell::Type> cell_type(FieldType type) {
    switch (type) {
      case FieldType::boolean:
        return Cell::Type::boolean;
      case FieldType::text:
        return Cell::Type::text;
      case FieldType::timestamp:
        return Cell::Type::timestamp;
      case FieldType::duration:
        return Cell::Type::duration;
      default:
        return std::nullopt;
    }
  }

  /// `text` is what `syntax` is a part of.
  std::optional<AggregateInput> input_of(const SyntaxNode& syntax, std::string_view text,
                                         ExpressionMistake& mistake) const {
    const bool is_meta = syntax.kind == SyntaxNode::Kind::select &&
                         syntax.target->kind == SyntaxNode::Kind::name &&
                         syntax.target->name == "meta";
    AggregateInput input;
    if (is_field_path(syntax) && !is_meta) {
      const std::optional<FieldReference> field = resolve_field(syntax, input_, mistake);
      if (!field) return std::nullopt;
      input.name = field->name;
      input.type = field->type;
      return input;
    }
    input.expression = Expression::compile(syntax, input_, mistake);
    if (!input.expression) return std::nullopt;
    input.name = print_syntax(syntax);
    input.type = input.expression->type();
    input.time_part = TimePart::of(syntax, input_);
    input.shown = text.substr(syntax.range.begin, syntax.range.end - syntax.range.begin);
    return input;
  }

  void check_names(const std::vector<NamedExpression>& compute) {
    std::vector<std::string> names;
    for (const AggregateInput& key : spec_.keys) names.push_back(plain_field(key_name(key)));
    for (const AggregateColumn& column : spec_.columns) names.push_back(column.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice == names.end()) return;
    const Mark mark = compute.empty() ? Mark{} : compute.front().name_mark;
    diagnostics_.add("aggregate.duplicate", mark, "two results are called '" + *twice + "'",
                     "name them, as in `compute: {hits: count()}`");
  }

  const Schema& input_;
  Diagnostics& diagnostics_;
  AggregateSpec spec_;
  std::string_view text_;  ///< The expression that is read.
};

}  // namespace

std::string key_name(const AggregateInput& key) {
  if (!key.shown.empty()) return join_field({key.shown});
  return key.name.empty() ? "raw" : key.name;
}

AggregateSpec read_aggregate_spec(const std::vector<NamedExpression>& group_by,
                                  const std::vector<NamedExpression>& compute,
                                  const std::optional<WindowOption>& window, const Schema& input,
                                  Diagnostics& diagnostics) {
  return SpecReader(input, diagnostics).read(group_by, compute, window);
}

}  // namespace sluice
