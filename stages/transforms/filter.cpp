// The transform `filter`: keeps the records whose fields or text fulfil some conditions.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/bad_records.h"
#include "stages/support/condition.h"
#include "stages/support/line_matcher.h"
#include "stages/support/text_thinner.h"

namespace sluice {
namespace {

struct Options {
  ExpressionText where;
  std::vector<std::string> contains;
  std::vector<std::string> any_of;
  std::optional<std::string> regex;
  bool negate = false;
  OnError on_error = OnError::drop;

  bool has_text_conditions() const {
    return !contains.empty() || !any_of.empty() || regex.has_value();
  }
};

/// Thins batches by a condition on fields.
class FieldFilter final : public Transform {
 public:
  FieldFilter(std::shared_ptr<const Predicate> predicate, BadRecords bad)
      : evaluator_(std::move(predicate)), bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    batch.make_table();
    if (batch.record_count() == 0) return Done{};
    const auto rows = good_rows(batch);
    evaluator_.evaluate(batch, rows, verdicts_);
    kept_.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (verdicts_[i] == Verdict::no) continue;
      kept_.push_back(rows[i]);
      if (verdicts_[i] == Verdict::error) {
        bad_.add(rows[i], std::string(evaluator_.problem(rows[i])), 0);
      }
    }
    if (kept_.size() != batch.record_count()) batch.keep_rows(kept_);
    if (bad_.empty()) return Done{};
    return bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
  }

 private:
  /// The wanted rows without those that no condition is true of.
  std::span<const std::uint32_t> good_rows(const Batch& batch) {
    const auto bad = batch.bad_rows();
    if (bad.empty()) return batch.selection();
    good_.clear();
    std::set_difference(batch.selection().begin(), batch.selection().end(), bad.begin(), bad.end(),
                        std::back_inserter(good_));
    return good_;
  }

  PredicateEvaluator evaluator_;
  BadRecords bad_;
  std::vector<Verdict> verdicts_;
  std::vector<std::uint32_t> good_;
  std::vector<std::uint32_t> kept_;
};

/// Thins batches by conditions on the text.
class TextFilter final : public Transform {
 public:
  explicit TextFilter(std::shared_ptr<const LineMatcher> matcher) : thinner_(std::move(matcher)) {}

  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    thinner_.thin(batch);
    return Done{};
  }

 private:
  TextThinner thinner_;
};

void check(const Options& options, const OptionErrors& errors) {
  if (options.where.empty() && !options.has_text_conditions()) {
    errors.add("", "option.missing", "transform 'filter' needs a condition",
               "give at least one of 'where', 'contains', 'any_of' and 'regex'");
  }
  if (options.negate && errors.given("where")) {
    errors.add("not", "option.conflict", "option 'not' is for conditions on the text",
               "in 'where' write !( ... )");
  }
  errors.refuse_empty_text("contains", options.contains);
  errors.refuse_empty_text("any_of", options.any_of);
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  ExpressionMistake mistake;
  if (!options.where.empty() && !compile_condition(options.where, input, mistake)) {
    options.where.report(mistake, "expression.invalid", diagnostics);
  }
  if (options.has_text_conditions() && !input.has_text) {
    diagnostics.add("stage.no_text", options.where.mark,
                    "conditions on the text are for records that have one, and those of an "
                    "aggregate have not",
                    "use 'where'");
  }
  return input;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand = declare_detail::passed_on(place);
  // A record that this stage drops fulfils nobody's condition, and one that a stage below drops may
  // as well be dropped here.
  if (options.on_error == OnError::drop && !place.is_named_read()) {
    demand.conditions = place.output.conditions;
  }
  ExpressionMistake mistake;
  if (options.where.empty()) return demand;
  const auto predicate = compile_condition(options.where, place.input, mistake);
  if (predicate == nullptr) return demand;
  for (const std::string& field : predicate->fields()) demand.fields.add(field);
  if (options.on_error == OnError::drop && !place.is_named_read()) {
    for (auto& clause : predicate->conditions()) demand.conditions.push_back(std::move(clause));
  }
  return demand;
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Parts parts;
  if (options.has_text_conditions()) {
    Result<LineMatcher> matcher =
        LineMatcher::make({options.contains, options.any_of, options.regex, options.negate});
    if (!matcher) return std::move(matcher).error();
    auto shared = std::make_shared<const LineMatcher>(std::move(matcher).value());
    parts.add(transform_part([shared] { return std::make_unique<TextFilter>(shared); }));
  }
  if (options.where.empty()) return parts;
  ExpressionMistake mistake;
  const auto predicate = compile_condition(options.where, place.input, mistake);
  if (predicate == nullptr) {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = mistake.message;
    return error;
  }
  const BadRecords bad = BadRecords::in_place(options.on_error, place, context);
  parts.add(
      transform_part([predicate, bad] { return std::make_unique<FieldFilter>(predicate, bad); }));
  return parts;
}

constexpr const char* details =
    "At least one condition is needed; a record is kept when all that are given hold. Records that "
    "are kept keep their bytes and their order.\n"
    "\n"
    "`where` is an expression in CEL, the Common Expression Language: comparisons (`== != < <= > "
    ">= "
    "in`), `&& || !`, arithmetic, functions of texts, times, numbers and networks "
    "(`path.matches(\"^/api\")`, `cidr(\"10.0.0.0/8\").containsIP(client)`), lists and macros "
    "(`tags.exists(t, t == \"x\")`, `has(user)`). A field with an odd name is "
    "`record[\"user-agent\"]`, the whole text is `raw`. Comparisons of fields with constants are "
    "the fastest.\n"
    "\n"
    "The other conditions look at the text of the record without its line end, and `^` and `$` are "
    "its ends. Case counts; a regex ignores it with `(?i)`.";

}  // namespace

void register_filter(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "filter", "Keeps the records that match.")
          .main("where")
          .option("where", &Options::where,
                  "A condition on fields that a `parse` above makes, such as `status >= 500`.",
                  NotEmpty{})
          .option("contains", &Options::contains,
                  "Texts that must all be in the record, in any order.", NotEmpty{})
          .option("any_of", &Options::any_of, "Texts of which at least one must be in the record.",
                  NotEmpty{})
          .option("regex", &Options::regex,
                  "A regular expression (RE2 syntax) that must match somewhere in the record.",
                  NotEmpty{})
          .option("not", &Options::negate,
                  "Turns the conditions on the text round: keeps the records that do not match.")
          .option("on_error", &Options::on_error,
                  "What becomes of a record that `where` cannot be decided for, because a field is "
                  "missing or of another type: it is left out and counted (`drop`), kept, or ends "
                  "the run (`fail`). If a stage reads the output `errors`, it goes there instead.")
          .named_output(errors_output)
          .details(details)
          .example("- transform: filter\n"
                   "  where: status >= 500 && !path.startsWith(\"/health\")\n")
          .check(check)
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
