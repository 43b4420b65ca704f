#include "stages/support/aggregate_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "engine/data/compare.h"
#include "engine/stage/field_path.h"
#include "stages/support/cell_text.h"

namespace sluice {
namespace {

constexpr std::size_t most_bounds = 1000;

class SpecReader {
 public:
  SpecReader(const Schema& input, Diagnostics& diagnostics)
      : input_(input), diagnostics_(diagnostics) {}

  AggregateSpec read(const std::vector<ExpressionText>& group_by,
                     const std::vector<NamedExpression>& compute) {
    for (const ExpressionText& key : group_by) read_key(key);
    for (const NamedExpression& named : compute) read_column(named);
    if (compute.empty()) {
      spec_.columns.push_back({"count"});
    }
    check_names(compute);
    return std::move(spec_);
  }

 private:
  void read_key(const ExpressionText& key) {
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(key.text, mistake);
    std::optional<FieldReference> field;
    if (syntax) field = field_of(*syntax, mistake);
    if (!field) return key.report(mistake, "expression.invalid", diagnostics_);
    spec_.keys.push_back(std::move(*field));
  }

  void read_column(const NamedExpression& named) {
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(named.expression.text, mistake);
    AggregateColumn column;
    if (!syntax || !read_call(*syntax, column, mistake)) {
      return named.expression.report(mistake, "expression.invalid", diagnostics_);
    }
    column.name = named.name;
    if (column.name.empty()) {
      column.name = syntax->name;
      if (column.input) column.name += "_" + plain_field(key_name(*column.input));
      if (column.function == AggregateFunction::quantile) {
        column.name += '_';
        append_plain(column.name, Cell::real(column.quantile));
      }
    }
    spec_.columns.push_back(std::move(column));
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
    column.input = field_of(*syntax.arguments.front(), mistake);
    if (!column.input || !check_type(*syntax.arguments.front(), column, mistake)) return false;
    if (column.function == AggregateFunction::quantile) {
      return read_quantile(*syntax.arguments.back(), column, mistake);
    }
    if (column.function == AggregateFunction::histogram) {
      return read_bounds(*syntax.arguments.back(), column, mistake);
    }
    return true;
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
    if (info.most_arguments == 2) return "a field and a constant";
    return info.least_arguments == 0 ? "nothing, or one field" : "one field";
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

  std::optional<FieldReference> field_of(const SyntaxNode& syntax, ExpressionMistake& mistake) {
    if (is_field_path(syntax)) return resolve_field(syntax, input_, mistake);
    mistake = {"a field is named here; other expressions are not available in this version",
               {},
               syntax.range};
    return std::nullopt;
  }

  void check_names(const std::vector<NamedExpression>& compute) {
    std::vector<std::string> names;
    for (const AggregateInput& key : spec_.keys) names.push_back(plain_field(key.name));
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
};

}  // namespace

std::string key_name(const AggregateInput& key) { return key.name.empty() ? "raw" : key.name; }

AggregateSpec read_aggregate_spec(const std::vector<ExpressionText>& group_by,
                                  const std::vector<NamedExpression>& compute, const Schema& input,
                                  Diagnostics& diagnostics) {
  return SpecReader(input, diagnostics).read(group_by, compute);
}

}  // namespace sluice
