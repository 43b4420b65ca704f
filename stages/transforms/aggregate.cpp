// The transform `aggregate`: one record per group of records.
//
// Two parts. The first is parallel and takes records in: each of its instances has groups and
// states of its own. The second merges them when the input has ended, and speaks.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/json_text.h"
#include "engine/expression/marked_text.h"
#include "engine/stage/field_path.h"
#include "engine/stage/registry.h"
#include "stages/support/aggregate_reader.h"
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

AggregateSpec read_spec(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  AggregateSpec spec = read_aggregate_spec(options.group_by, options.compute, input, diagnostics);
  spec.max_groups = options.max_groups;
  return spec;
}

std::shared_ptr<const AggregateSpec> spec_of(const Options& options, const Schema& input) {
  Diagnostics none;
  return std::make_shared<const AggregateSpec>(read_spec(options, input, none));
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  const AggregateSpec spec = read_spec(options, input, diagnostics);
  Schema schema;
  for (const AggregateInput& key : spec.keys) schema.fields.push_back({key_name(key), key.type});
  for (const AggregateColumn& column : spec.columns) {
    schema.fields.push_back({join_field({column.name}), result_type(column)});
  }
  schema.has_text = false;
  schema.is_changed = true;
  schema.text_is_json = true;
  return schema;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand;
  const auto spec = spec_of(options, place.input);
  for (const AggregateInput& key : spec->keys) {
    if (!key.name.empty()) demand.fields.add(key.name);
  }
  for (const AggregateColumn& column : spec->columns) {
    if (column.input && !column.input->name.empty()) demand.fields.add(column.input->name);
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
         StageContext& context, BadRecords bad)
      : spec_(std::move(spec)), state_(std::move(state)), context_(context), bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    if (batch.record_count() == 0) return Done{};
    batch.make_table();
    unfit_.clear();
    state_->add(batch, readable_rows(batch), unfit_);
    for (AggregateState::BadRow& unfit : unfit_) bad_.add(unfit.row, std::move(unfit.reason), 0);
    if (state_->has_too_many_groups()) return too_many_groups(*spec_);
    Status status = Done{};
    if (!bad_.empty()) status = bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
    batch.select_nothing();
    return status;
  }

 private:
  /// What a parser could not read has no fields. It was counted there as bad; here it is left out.
  std::span<const std::uint32_t> readable_rows(const Batch& batch) {
    const auto unreadable = batch.bad_rows();
    if (unreadable.empty()) return batch.selection();
    readable_.clear();
    std::set_difference(batch.selection().begin(), batch.selection().end(), unreadable.begin(),
                        unreadable.end(), std::back_inserter(readable_));
    context_.leave_out(batch.record_count() - readable_.size());
    return readable_;
  }

  std::shared_ptr<const AggregateSpec> spec_;
  std::shared_ptr<AggregateState> state_;
  StageContext& context_;
  BadRecords bad_;
  std::vector<AggregateState::BadRow> unfit_;
  std::vector<std::uint32_t> readable_;
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
  absorb.make = [spec, partials, bad, &context]() -> Result<std::unique_ptr<Transform>> {
    return std::unique_ptr<Transform>(
        std::make_unique<Absorb>(spec, partials->make(spec), context, bad));
  };
  absorb.absorbs = true;
  absorb.notes.push_back("at most " + std::to_string(spec->max_groups) +
                         " groups, in memory beside the buffers");

  std::vector<std::string> names;
  for (const AggregateInput& key : spec->keys) names.push_back(key_name(key));
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
    "Values that are null or missing take no part in a function; of none at all the result is null "
    "(a count is 0). No result depends on the number of threads. The functions:\n"
    "\n"
    "- `count()`, how many records; `count(x)`, how many of them have a value.\n"
    "- `sum(x)`, `avg(x)`: sums of integers are exact, sums of doubles are the exact sum rounded "
    "once.\n"
    "- `min(x)`, `max(x)`: of numbers, texts, times and durations.\n"
    "- `stddev(x)`, of a sample (divided by n - 1): sums of values and squares are exact and "
    "rounded "
    "at the end; null of fewer than two values.\n"
    "- `first(x)`, `last(x)`: the first and last value in the order of the records.\n"
    "- `distinct(x)`, how many different values: exact up to 4096 of them in a group, beyond that "
    "estimated by HyperLogLog with a standard error of 0.81 %.\n"
    "- `quantile(x, q)`, q from 0 to 1: the value that q * (n - 1), rounded down, of the others "
    "are "
    "not above, within 1 % of it (DDSketch); the smallest and the largest are exact.\n"
    "- `histogram(x, [10, 100])`: how many values are up to each bound and above the one before, "
    "and "
    "beyond the last, as `{\"10\":3,\"100\":7,\"inf\":2}`.\n"
    "\n"
    "A record without one of the `group_by` fields, or with something else than a number where one "
    "is needed, is bad (`on_error`). Records that a parser could not read are left out.";

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
