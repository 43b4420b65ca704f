// The transform `set`: fields from expressions.
#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/expression/expression.h"
#include "engine/expression/marked_text.h"
#include "engine/stage/field_path.h"
#include "engine/stage/registry.h"
#include "stages/support/bad_records.h"

namespace sluice {
namespace {

struct Options {
  std::vector<NamedExpression> fields;
  OnError on_error = OnError::drop;
};

/// One field to set.
struct Setting {
  std::string field;  ///< See stage/field_path.h.
  std::shared_ptr<const Expression> expression;
};
using Settings = std::vector<Setting>;

void put(Schema& schema, const std::string& name, FieldType type) {
  const auto found = std::find_if(schema.fields.begin(), schema.fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  if (found == schema.fields.end()) {
    schema.fields.push_back({name, type});
  } else {
    found->type = type;
  }
}

/// `a.b` as it is written stands for the field `b` of `a`, as in expressions.
std::string field_name(const std::string& written) {
  std::vector<std::string> keys(1);
  for (const char c : written) {
    if (c == '.') {
      keys.emplace_back();
    } else {
      keys.back() += c;
    }
  }
  return join_field(keys);
}

/// Each expression sees the fields that those before it have set; `schema` becomes the output's.
Settings compile(const Options& options, Schema& schema, Diagnostics& diagnostics) {
  Settings settings;
  for (const NamedExpression& named : options.fields) {
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(named.expression.text, mistake);
    auto expression = syntax ? Expression::compile(*syntax, schema, mistake) : nullptr;
    if (!expression) {
      named.expression.report(mistake, "expression.invalid", diagnostics);
      continue;
    }
    std::string name = field_name(named.name);
    put(schema, name, expression->type());
    settings.push_back({std::move(name), std::move(expression)});
  }
  return settings;
}

Settings compile(const Options& options, const Schema& input) {
  Schema schema = input;
  Diagnostics none;
  return compile(options, schema, none);
}

/// Those of `settings` that anybody reads, and what must be there for them.
struct Needs {
  FieldSet fields;
  std::vector<bool> wanted;

  Needs(const Settings& settings, FieldSet demand) : fields(std::move(demand)) {
    wanted.resize(settings.size());
    for (std::size_t i = settings.size(); i-- > 0;) {
      auto& names = fields.names;
      const auto found = std::find(names.begin(), names.end(), settings[i].field);
      wanted[i] = fields.all || found != names.end();
      if (!wanted[i]) continue;
      if (found != names.end()) names.erase(found);
      for (const std::string& field : settings[i].expression->fields()) fields.add(field);
    }
  }
};

class Set final : public Transform {
 public:
  Set(std::shared_ptr<const Settings> settings, BadRecords bad)
      : settings_(std::move(settings)), bad_(std::move(bad)) {
    for (const Setting& setting : *settings_) evaluators_.emplace_back(setting.expression);
  }

  Status apply(Batch& batch, NamedOutputs outputs) override {
    batch.make_table();
    if (batch.record_count() == 0) return Done{};
    problems_.assign(batch.rows().size(), {});
    has_problem_ = false;
    for (std::size_t i = 0; i < settings_->size(); ++i) set_field(i, batch);
    if (!has_problem_) return Done{};
    for (const std::uint32_t row : batch.selection()) {
      if (!problems_[row].empty()) bad_.add(row, std::move(problems_[row]), 0);
    }
    return bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
  }

 private:
  void set_field(std::size_t number, Batch& batch) {
    const std::string& name = (*settings_)[number].field;
    Column& column = batch.add_column(name);
    // The evaluator reads the column that had this name before: it is bound to what there was, and
    // the new one takes its place for those who look from now on.
    cells_.assign(batch.rows().size(), Cell());
    column.name = {};
    ExpressionEvaluator& evaluator = evaluators_[number];
    evaluator.bind(batch);
    TextArena& arena = batch.arena();
    auto unreadable = batch.bad_rows().begin();
    const auto unreadable_end = batch.bad_rows().end();
    for (const std::uint32_t row : batch.selection()) {
      // What a parser could not read has no fields; it was counted there.
      while (unreadable != unreadable_end && *unreadable < row) ++unreadable;
      if (unreadable != unreadable_end && *unreadable == row) continue;
      if (!problems_[row].empty()) continue;
      const ExpressionEvaluator::Outcome outcome = evaluator.evaluate(row, arena);
      cells_[row] = outcome.cell;
      if (outcome.ok()) continue;
      problems_[row] = std::string(outcome.problem);
      has_problem_ = true;
    }
    column.cells.swap(cells_);
    column.name = name;
  }

  std::shared_ptr<const Settings> settings_;
  std::deque<ExpressionEvaluator> evaluators_;
  BadRecords bad_;
  std::vector<Cell> cells_;
  std::vector<std::string> problems_;  ///< By row.
  bool has_problem_ = false;
};

void check(const Options& options, const OptionErrors& errors) {
  const bool has_names =
      std::all_of(options.fields.begin(), options.fields.end(),
                  [](const NamedExpression& named) { return !named.name.empty(); });
  if (!has_names) {
    errors.add("fields", "option.type", "option 'fields': each field needs a name",
               "as in `fields: {host: lowerAscii(host)}`");
  }
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  Schema schema = input;
  compile(options, schema, diagnostics);
  schema.is_changed = true;
  schema.text_is_json = false;
  return schema;
}

/// What is wanted of a record that goes to `errors` is wanted of the input as it is.
Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand;
  const Settings settings = compile(options, place.input);
  demand.fields = Needs(settings, place.output.fields).fields;
  for (const auto& named : place.named) {
    if (named) demand.fields.add(named->fields);
  }
  return demand;
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  const Settings all = compile(options, place.input);
  const Needs needs(all, place.output.fields);
  auto settings = std::make_shared<Settings>();
  std::string names;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!needs.wanted[i]) continue;
    settings->push_back(all[i]);
    names += (names.empty() ? "" : ", ") + plain_field(all[i].field);
  }
  const BadRecords bad = BadRecords::in_place(options.on_error, place, context);
  TransformPart part =
      transform_part([settings, bad] { return std::make_unique<Set>(settings, bad); });
  part.notes.push_back("sets: " + (names.empty() ? "nothing that anybody reads" : names));
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

constexpr const char* details =
    "Fields are set in the order in which they are written, and each expression sees those before "
    "it. A field that exists is replaced. Only fields that a stage below reads are computed.\n"
    "\n"
    "Expressions are CEL, with its text, math, base64 and network functions; `parseTimestamp(text, "
    "layout)` reads times by a layout as in strptime, and `hash(x)` gives an int that is not "
    "negative. In arithmetic on fields an int meets a double as a double. What goes wrong (a field "
    "that is missing, a type that does not fit, an overflow) makes the record bad.";

}  // namespace

void register_set(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "set", "Sets fields from expressions.")
          .main_map("fields")
          .required("fields", &Options::fields, "The fields to set, each with its expression.",
                    NotEmpty{})
          .option("on_error", &Options::on_error,
                  "What becomes of a record that an expression has no value for: it is left out "
                  "and counted (`drop`), kept without that field and those behind it, or ends the "
                  "run (`fail`). If a "
                  "stage reads the output `errors`, it goes there instead.")
          .named_output(errors_output)
          .details(details)
          .example("- transform: set\n"
                   "  fields: {kib: bytes / 1024.0, path: lowerAscii(path)}\n")
          .check(check)
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
