// The transform `route`: sends each record to the output whose condition it fulfils.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/bad_records.h"
#include "stages/support/condition.h"

namespace sluice {
namespace {

/// What no condition takes: the main output.
constexpr const char* else_output = "else";

struct Options {
  std::vector<NamedExpression> outputs;
  OnError on_error = OnError::drop;

  /// Whoever calls an output `errors` has no use for one of bad records.
  bool has_errors_output() const {
    return std::none_of(outputs.begin(), outputs.end(),
                        [](const NamedExpression& output) { return output.name == errors_output; });
  }
};

struct Branch {
  std::shared_ptr<const Predicate> predicate;
  bool is_read = true;
};

class Route final : public Transform {
 public:
  Route(const std::vector<Branch>& branches, bool is_else_read, BadRecords bad)
      : is_else_read_(is_else_read), bad_(std::move(bad)) {
    for (const Branch& branch : branches) {
      evaluators_.emplace_back(branch.predicate);
    }
  }

  Status apply(Batch& batch, NamedOutputs outputs) override {
    batch.make_table();
    if (batch.record_count() == 0) return Done{};
    // What a parser could not read fulfils no condition.
    goes_on_.assign(batch.rows().size(), true);
    undecided_ = {};
    open_.clear();
    std::set_difference(batch.selection().begin(), batch.selection().end(),
                        batch.bad_rows().begin(), batch.bad_rows().end(),
                        std::back_inserter(open_));
    for (std::size_t i = 0; i < evaluators_.size() && !open_.empty(); ++i) {
      take(i, batch, i < outputs.size() ? outputs[i] : nullptr);
    }
    kept_.clear();
    for (const std::uint32_t row : batch.selection()) {
      if (goes_on_[row]) kept_.push_back(row);
    }
    batch.keep_rows(kept_);
    if (Status status = settle(batch, outputs); !status) return status;
    if (!is_else_read_) batch.select_nothing();
    return Done{};
  }

 private:
  /// Gives output number `number` what it takes of the rows that are open.
  void take(std::size_t number, const Batch& batch, Batch* output) {
    evaluators_[number].evaluate(batch, open_, verdicts_);
    taken_.clear();
    still_open_.clear();
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const std::uint32_t row = open_[i];
      if (verdicts_[i] == Verdict::no) {
        still_open_.push_back(row);
      } else if (verdicts_[i] == Verdict::error) {
        undecided_.push_back({row, number});
      } else {
        goes_on_[row] = false;
        taken_.push_back(row);
      }
    }
    open_.swap(still_open_);
    if (output == nullptr || taken_.empty()) return;
    if (!output->is_table()) {
      std::vector<Slice> rows(batch.rows().begin(), batch.rows().end());
      output->set_rows(rows);
    }
    output->keep_rows(taken_);
  }

  Status settle(Batch& batch, NamedOutputs outputs) {
    if (undecided_.empty()) return Done{};
    std::sort(undecided_.begin(), undecided_.end(),
              [](const Undecided& a, const Undecided& b) { return a.row < b.row; });
    for (const Undecided& one : undecided_) {
      bad_.add(one.row, std::string(evaluators_[one.condition].problem(one.row)), 0);
    }
    const std::size_t errors = evaluators_.size();
    return bad_.settle(batch, errors < outputs.size() ? outputs[errors] : nullptr);
  }

  struct Undecided {
    std::uint32_t row = 0;
    std::size_t condition = 0;
  };

  std::deque<PredicateEvaluator> evaluators_;
  bool is_else_read_;
  BadRecords bad_;
  // Kept, so that they stop growing soon.
  std::vector<bool> goes_on_;  ///< By row.
  std::vector<std::uint32_t> open_;
  std::vector<std::uint32_t> still_open_;
  std::vector<std::uint32_t> taken_;
  std::vector<std::uint32_t> kept_;
  std::vector<Verdict> verdicts_;
  std::vector<Undecided> undecided_;
};

void check(const Options& options, const OptionErrors& errors) {
  for (const NamedExpression& output : options.outputs) {
    const bool is_plain = std::all_of(output.name.begin(), output.name.end(), [](char byte) {
      return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
             (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
    });
    if (output.name.empty()) {
      errors.add("outputs", "option.type", "option 'outputs': each output needs a name",
                 "as in `outputs: {slow: time > 1.0}`");
      return;
    }
    if (!is_plain) {
      errors.add("outputs", "option.range",
                 "option 'outputs': a name is made of letters, digits, '_' and '-'");
    }
    if (output.name == else_output) {
      errors.add("outputs", "option.range",
                 "option 'outputs': 'else' is what no condition takes, and always there");
    }
  }
}

std::vector<NamedOutput> named_outputs(const Options& options) {
  std::vector<NamedOutput> outputs;
  for (const NamedExpression& output : options.outputs) outputs.push_back({output.name});
  if (options.has_errors_output()) outputs.push_back({std::string(errors_output), true});
  return outputs;
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  for (const NamedExpression& output : options.outputs) {
    ExpressionMistake mistake;
    if (compile_condition(output.expression, input, mistake) != nullptr) continue;
    output.expression.report(mistake, "expression.invalid", diagnostics);
  }
  return input;
}

/// The branches, empty after filling `mistake`.
std::vector<Branch> compile(const Options& options, const StagePlace& place,
                            ExpressionMistake& mistake) {
  std::vector<Branch> branches;
  for (std::size_t i = 0; i < options.outputs.size(); ++i) {
    auto predicate = compile_condition(options.outputs[i].expression, place.input, mistake);
    if (predicate == nullptr) return {};
    branches.push_back({std::move(predicate), i < place.named.size() && place.named[i]});
  }
  return branches;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand = declare_detail::passed_on(place);
  ExpressionMistake mistake;
  const std::vector<Branch> branches = compile(options, place, mistake);
  for (const Branch& branch : branches) {
    for (const std::string& field : branch.predicate->fields()) demand.fields.add(field);
  }
  // Where a single output is read, whoever does not fulfil its condition may be left out before.
  const auto read = [](const auto& named) { return named.has_value(); };
  if (options.on_error != OnError::drop || place.is_output_read ||
      std::count_if(place.named.begin(), place.named.end(), read) != 1) {
    return demand;
  }
  for (std::size_t i = 0; i < branches.size(); ++i) {
    if (!branches[i].is_read) continue;
    demand.conditions = place.named[i]->conditions;
    for (auto& clause : branches[i].predicate->conditions()) {
      demand.conditions.push_back(std::move(clause));
    }
  }
  return demand;
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  ExpressionMistake mistake;
  const std::vector<Branch> branches = compile(options, place, mistake);
  if (branches.empty()) {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = mistake.message;
    return error;
  }
  const BadRecords bad =
      BadRecords::in_place(options.on_error, place, context, options.outputs.size());
  TransformPart part = transform_part([branches, is_else_read = place.is_output_read, bad] {
    return std::make_unique<Route>(branches, is_else_read, bad);
  });
  std::string unread;
  for (std::size_t i = 0; i < branches.size(); ++i) {
    if (!branches[i].is_read) unread += (unread.empty() ? "" : ", ") + options.outputs[i].name;
  }
  if (!place.is_output_read) unread += (unread.empty() ? "" : ", ") + std::string(else_output);
  if (!unread.empty()) part.notes.push_back("nobody reads, so drops: " + unread);
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

constexpr const char* details =
    "Outputs are tried in the order in which they are written, and a record goes to the first one "
    "whose condition it fulfils. Another stage reads it as `from: ID.NAME`. What no condition "
    "takes, records among it that a parser could not read, is the output `else`: `from: ID.else`, "
    "or `from: ID`, or the stage below. Records keep their order in each output.\n"
    "\n"
    "An output that nobody reads takes its records all the same; they are dropped and count as "
    "filtered, and `sluice explain` names it. For records that are to go to several outputs, let "
    "several `filter` stages read from one stage.";

}  // namespace

void register_route(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "route", "Sends records to outputs by conditions.")
          .main("outputs")
          .required("outputs", &Options::outputs,
                    "The names of the outputs, each with its condition.", NotEmpty{})
          .option("on_error", &Options::on_error,
                  "What becomes of a record that a condition cannot be decided for, because a "
                  "field is missing or of another type: it is left out and counted (`drop`), goes "
                  "to `else` (`keep`), or ends the run (`fail`). If a stage reads the output "
                  "`errors` and `outputs` has none of that name, it goes there instead.")
          .named_outputs(named_outputs)
          .main_output(else_output)
          .details(details)
          .example("- id: split\n"
                   "  transform: route\n"
                   "  outputs: {failed: status >= 500, large: bytes > 1000000}\n")
          .check(check)
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
