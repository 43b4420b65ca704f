// The transform `aggregate`: one record per group of records.
//
// Two parts. The first is parallel and takes records in: each of its instances has groups and
// states of its own. The second merges them when the input has ended, and speaks.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/json_text.h"
#include "engine/expression/marked_text.h"
#include "engine/stage/field_path.h"
#include "engine/stage/registry.h"
#include "stages/support/aggregate_state.h"
#include "stages/support/bad_records.h"
#include "stages/support/cell_text.h"

namespace sluice {
namespace {

struct Options {
  std::vector<ExpressionText> group_by;
  std::vector<NamedExpression> compute;
  std::uint64_t max_groups = 1'000'000;
  OnError on_error = OnError::drop;
};

constexpr std::array<std::pair<std::string_view, AggregateFunction>, 5> functions{
    {{"count", AggregateFunction::count},
     {"sum", AggregateFunction::sum},
     {"min", AggregateFunction::min},
     {"max", AggregateFunction::max},
     {"avg", AggregateFunction::avg}}};

// --- From options to what is computed ------------------------------------------------------------

class SpecReader {
 public:
  SpecReader(const Options& options, const Schema& input, Diagnostics& diagnostics)
      : options_(options), input_(input), diagnostics_(diagnostics) {}

  AggregateSpec read() {
    spec_.max_groups = options_.max_groups;
    for (const ExpressionText& key : options_.group_by) read_key(key);
    for (const NamedExpression& named : options_.compute) read_column(named);
    if (options_.compute.empty()) {
      spec_.columns.push_back({"count", AggregateFunction::count, std::nullopt});
    }
    check_names();
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
      if (column.field) column.name += "_" + plain_field(column.field->name);
    }
    spec_.columns.push_back(std::move(column));
  }

  bool read_call(const SyntaxNode& syntax, AggregateColumn& column, ExpressionMistake& mistake) {
    std::vector<std::string> names;
    for (const auto& [name, function] : functions) names.emplace_back(name);
    const auto known = std::find_if(functions.begin(), functions.end(),
                                    [&](const auto& entry) { return entry.first == syntax.name; });
    if (syntax.kind != SyntaxNode::Kind::call || syntax.target || known == functions.end()) {
      std::string hint = did_you_mean(syntax.name, names);
      if (hint.empty()) hint = "there are count(), sum(x), min(x), max(x), avg(x)";
      mistake = {"this is no function of an aggregate", std::move(hint), syntax.range};
      return false;
    }
    column.function = known->second;
    const std::size_t arguments = column.function == AggregateFunction::count ? 0 : 1;
    if (syntax.arguments.size() != arguments) {
      mistake = {"'" + syntax.name + "' takes " + (arguments == 0 ? "nothing" : "one field"),
                 arguments == 0 ? "count() counts records" : "", syntax.range};
      return false;
    }
    if (arguments == 0) return true;
    column.field = field_of(*syntax.arguments.front(), mistake);
    return column.field && check_type(*syntax.arguments.front(), column, mistake);
  }

  static bool check_type(const SyntaxNode& argument, const AggregateColumn& column,
                         ExpressionMistake& mistake) {
    const FieldType type = column.field->type;
    const bool is_extreme =
        column.function == AggregateFunction::min || column.function == AggregateFunction::max;
    if (type == FieldType::any || type == FieldType::integer || type == FieldType::real) {
      return true;
    }
    if (is_extreme && type == FieldType::text) return true;
    mistake = {"this is " + std::string(name_of(type)) + ", and the function works with numbers",
               {},
               argument.range};
    return false;
  }

  std::optional<FieldReference> field_of(const SyntaxNode& syntax, ExpressionMistake& mistake) {
    if (is_field_path(syntax)) return resolve_field(syntax, input_, mistake);
    mistake = {"a field is named here; other expressions are not available in this version",
               {},
               syntax.range};
    return std::nullopt;
  }

  void check_names() {
    std::vector<std::string> names;
    for (const FieldReference& key : spec_.keys) names.push_back(plain_field(key.name));
    for (const AggregateColumn& column : spec_.columns) names.push_back(column.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice == names.end()) return;
    const Mark mark = options_.compute.empty() ? Mark{} : options_.compute.front().name_mark;
    diagnostics_.add("aggregate.duplicate", mark, "two results are called '" + *twice + "'",
                     "name them, as in `compute: {hits: count()}`");
  }

  const Options& options_;
  const Schema& input_;
  Diagnostics& diagnostics_;
  AggregateSpec spec_;
};

std::shared_ptr<const AggregateSpec> spec_of(const Options& options, const Schema& input) {
  Diagnostics none;
  return std::make_shared<const AggregateSpec>(SpecReader(options, input, none).read());
}

std::string key_name(const FieldReference& key) { return key.name.empty() ? "raw" : key.name; }

FieldType type_of(const AggregateColumn& column) {
  switch (column.function) {
    case AggregateFunction::count:
      return FieldType::integer;
    case AggregateFunction::avg:
      return FieldType::real;
    default:
      return column.field->type;
  }
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  const AggregateSpec spec = SpecReader(options, input, diagnostics).read();
  Schema schema;
  for (const FieldReference& key : spec.keys) schema.fields.push_back({key_name(key), key.type});
  for (const AggregateColumn& column : spec.columns) {
    schema.fields.push_back({join_field({column.name}), type_of(column)});
  }
  schema.has_text = false;
  schema.is_changed = true;
  schema.text_is_json = true;
  return schema;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand;
  const auto spec = spec_of(options, place.input);
  for (const FieldReference& key : spec->keys) {
    if (!key.name.empty()) demand.fields.add(key.name);
  }
  for (const AggregateColumn& column : spec->columns) {
    if (column.field && !column.field->name.empty()) demand.fields.add(column.field->name);
  }
  for (const auto& named : place.named) {
    if (named) demand.fields.add(named->fields);
  }
  return demand;
}

// --- The work ------------------------------------------------------------------------------------

Error too_many_groups(const AggregateSpec& spec) {
  Error error;
  error.code = ErrorCode::limit;
  error.message = "more than " + std::to_string(spec.max_groups) + " groups (max_groups)";
  return error;
}

/// The states of all instances of the first part. Thread-safe.
class Partials {
 public:
  std::shared_ptr<AggregateState> make(const std::shared_ptr<const AggregateSpec>& spec) {
    const std::lock_guard lock(mutex_);
    return states_.emplace_back(std::make_shared<AggregateState>(spec));
  }
  /// All of them, merged into one. REQUIRES: nobody adds to one any more.
  std::shared_ptr<AggregateState> merged(const std::shared_ptr<const AggregateSpec>& spec) {
    const std::lock_guard lock(mutex_);
    if (states_.empty()) return std::make_shared<AggregateState>(spec);
    const std::shared_ptr<AggregateState> all = states_.front();
    for (std::size_t i = 1; i < states_.size(); ++i) {
      all->merge(*states_[i]);
      states_[i].reset();
    }
    return all;
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<AggregateState>> states_;
};

class Absorb final : public Transform {
 public:
  Absorb(std::shared_ptr<const AggregateSpec> spec, std::shared_ptr<AggregateState> state,
         BadRecords bad)
      : spec_(std::move(spec)), state_(std::move(state)), bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    if (batch.record_count() == 0) return Done{};
    batch.make_table();
    state_->bind(batch);
    auto unreadable = batch.bad_rows().begin();
    const auto unreadable_end = batch.bad_rows().end();
    for (const std::uint32_t row : batch.selection()) {
      // What a parser could not read has no fields; it was counted there.
      while (unreadable != unreadable_end && *unreadable < row) ++unreadable;
      if (unreadable != unreadable_end && *unreadable == row) continue;
      if (auto reason = state_->add(row)) bad_.add(row, std::move(*reason), 0);
    }
    if (state_->has_too_many_groups()) return too_many_groups(*spec_);
    Status status = Done{};
    if (!bad_.empty()) status = bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
    batch.select_nothing();
    return status;
  }

 private:
  std::shared_ptr<const AggregateSpec> spec_;
  std::shared_ptr<AggregateState> state_;
  BadRecords bad_;
};

/// Results are records whose text is a JSON line, and whose fields are columns beside it.
class Speak final : public Expander {
 public:
  static constexpr ByteSize longest_record = 1_MiB;

  Speak(std::shared_ptr<const AggregateSpec> spec, std::shared_ptr<Partials> partials,
        std::vector<std::string> names)
      : spec_(std::move(spec)), partials_(std::move(partials)), names_(std::move(names)) {
    for (const std::string& name : names_) keys_.push_back(json_quoted(plain_field(name)) + ":");
  }

  Result<Next> expand(const Batch& /*in*/, Batch& /*out*/) override { return Next::input; }

  Result<Next> finish(Batch& out) override {
    if (!state_) {
      state_ = partials_->merged(spec_);
      if (spec_->keys.empty()) state_->add_empty_group();
      if (state_->has_too_many_groups()) return too_many_groups(*spec_);
      order_ = state_->ordered();
    }
    Status filled = fill(out);
    if (!filled) return std::move(filled).error();
    if (next_ < order_.size()) return Next::again;
    return out.record_count() > 0 ? Next::input : Next::finished;
  }

 private:
  Status fill(Batch& out) {
    Buffer& buffer = *out.buffer();
    std::vector<Slice> rows;
    std::vector<std::vector<Cell>> results;
    std::size_t used = 0;
    while (next_ < order_.size()) {
      std::vector<Cell> cells;
      state_->result(order_[next_], cells, texts_);
      line_.clear();
      append_line(cells);
      const std::size_t room = (rows.empty() ? buffer.capacity() : buffer.size());
      if (used + line_.size() > room) {
        if (rows.empty()) return too_long();
        break;
      }
      std::memcpy(buffer.data() + used, line_.data(), line_.size());
      rows.push_back({static_cast<std::uint32_t>(used), static_cast<std::uint32_t>(line_.size())});
      used += line_.size();
      results.push_back(std::move(cells));
      ++next_;
    }
    buffer.seal(used);
    out.set_bytes({buffer.data(), used}, rows.size());
    out.set_rows(rows);
    for (std::size_t i = 0; i < names_.size(); ++i) {
      Column& column = out.add_column(names_[i]);
      for (std::size_t row = 0; row < results.size(); ++row) column.cells[row] = results[row][i];
    }
    return Done{};
  }

  void append_line(const std::vector<Cell>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line_ += i == 0 ? '{' : ',';
      line_ += keys_[i];
      append_json(line_, cells[i]);
    }
    line_ += "}\n";
  }

  static Error too_long() {
    Error error;
    error.code = ErrorCode::limit;
    error.message = "a result is longer than a record may be (" + print(longest_record) + ")";
    return error;
  }

  std::shared_ptr<const AggregateSpec> spec_;
  std::shared_ptr<Partials> partials_;
  std::vector<std::string> names_;
  std::vector<std::string> keys_;  ///< `"status":`
  std::shared_ptr<AggregateState> state_;
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;
  TextArena texts_;
  std::string line_;
};

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  const auto spec = spec_of(options, place.input);
  const auto partials = std::make_shared<Partials>();
  // A bad record has no place in a result, so there is nothing to keep it in.
  const OnError policy = options.on_error == OnError::keep ? OnError::drop : options.on_error;
  const BadRecords bad = BadRecords::in_place(policy, place, context);
  TransformPart absorb;
  absorb.make = [spec, partials, bad]() -> Result<std::unique_ptr<Transform>> {
    return std::unique_ptr<Transform>(std::make_unique<Absorb>(spec, partials->make(spec), bad));
  };
  absorb.absorbs = true;
  absorb.notes.push_back("at most " + std::to_string(spec->max_groups) +
                         " groups, in memory beside the buffers");

  std::vector<std::string> names;
  for (const FieldReference& key : spec->keys) names.push_back(key_name(key));
  for (const AggregateColumn& column : spec->columns) names.push_back(join_field({column.name}));
  Parts parts;
  parts.emplace_back(std::move(absorb));
  parts.emplace_back(ExpanderPart{std::make_unique<Speak>(spec, partials, std::move(names)),
                                  Speak::longest_record});
  return parts;
}

constexpr const char* details =
    "Speaks when its input has ended: one record per group, ordered by the fields in `group_by` "
    "(null, booleans, numbers, texts byte by byte); without `group_by`, one record of everything. "
    "Its records have those fields and the computed ones, and no original text: sinks write them "
    "as JSON lines, CSV or a table.\n"
    "\n"
    "The functions are `count()`, `sum(x)`, `min(x)`, `max(x)` and `avg(x)` of a field. Values "
    "that are null or missing take no part in a function; of none at all the result is null. Sums "
    "of integers are exact, and sums of doubles are the exact sum rounded once: neither depends on "
    "the number of threads. `min` and `max` work with numbers and texts.\n"
    "\n"
    "A record without one of the `group_by` fields, or with something else than a number where one "
    "is needed, is bad (`on_error`).";

}  // namespace

void register_aggregate(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "aggregate", "Counts and sums up records by groups.")
          .main("group_by")
          .option("group_by", &Options::group_by,
                  "The fields whose values make a group; all records are one, if not given.")
          .option("compute", &Options::compute,
                  "What to compute of each group, by name; how many records it has (`count`), if "
                  "not given. In a list, results are called after their function and field: "
                  "`[count(), sum(bytes)]` makes `count` and `sum_bytes`.")
          .option("max_groups", &Options::max_groups,
                  "The run fails when there are more groups: they are kept in memory.",
                  between<std::uint64_t>(1, 100'000'000))
          .option("on_error", &Options::on_error,
                  "What becomes of a bad record: it is left out and counted (`drop`, `keep`), or "
                  "ends the run (`fail`). If a stage reads the output `errors`, it goes there "
                  "instead.")
          .named_output(std::string(errors_output))
          .details(details)
          .example("- transform: aggregate\n"
                   "  group_by: [status]\n"
                   "  compute: {hits: count(), bytes: sum(bytes)}\n")
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
