// The transform `aggregate`: one record per group of records.
//
// Two parts. The first is parallel and takes records in: each of its instances has groups and
// states of its own. The second merges them when the input has ended, and speaks. Where windows
// close before that, the first part hands in a state per batch, and the second one takes these in
// the order of the batches, so that what is late does not depend on threads.
#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/expression/marked_text.h"
#include "engine/stage/field_path.h"
#include "engine/stage/registry.h"
#include "stages/support/aggregate_merge.h"
#include "stages/support/aggregate_reader.h"
#include "stages/support/aggregate_state.h"
#include "stages/support/bad_records.h"
#include "stages/support/result_records.h"

namespace sluice {
namespace {

struct Options {
  std::vector<NamedExpression> group_by;
  std::vector<NamedExpression> compute;
  std::optional<WindowOption> window;
  std::uint64_t max_groups = 1'000'000;
  Overflow overflow = Overflow::fail;
  OnError on_error = OnError::drop;
};

AggregateSpec read_spec(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  AggregateSpec spec =
      read_aggregate_spec(options.group_by, options.compute, options.window, input, diagnostics);
  spec.max_groups = options.max_groups;
  return spec;
}

AggregateSpec spec_of(const Options& options, const Schema& input) {
  Diagnostics none;
  return read_spec(options, input, none);
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

void add_fields(FieldSet& fields, const AggregateInput& input) {
  if (!input.expression) {
    if (!input.name.empty()) fields.add(input.name);
    return;
  }
  for (const std::string& field : input.expression->fields()) fields.add(field);
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand;
  const AggregateSpec spec = spec_of(options, place.input);
  for (const AggregateInput& key : spec.keys) add_fields(demand.fields, key);
  for (const AggregateColumn& column : spec.columns) {
    if (column.input) add_fields(demand.fields, *column.input);
  }
  for (const auto& named : place.named) {
    if (named) demand.fields.add(named->fields);
  }
  return demand;
}

// --- The work ------------------------------------------------------------------------------------

class Absorb final : public Transform {
 public:
  Absorb(std::shared_ptr<const AggregateSpec> spec, std::shared_ptr<AggregateMerge> merge,
         StageContext& context, BadRecords bad)
      : spec_(std::move(spec)),
        merge_(std::move(merge)),
        share_(merge_->make_share()),
        context_(context),
        bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    if (batch.record_count() == 0) return Done{};
    batch.make_table();
    unfit_.clear();
    Status status = absorb(batch);
    if (!status) return status;
    for (AggregateState::BadRow& unfit : unfit_) bad_.add(unfit.row, std::move(unfit.reason), 0);
    if (!bad_.empty()) status = bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
    batch.select_nothing();
    return status;
  }

 private:
  Status absorb(const Batch& batch) {
    if (!spec_->closes_windows()) {
      share_->state->add(batch, readable_rows(batch), unfit_);
      return merge_->settle(*share_);
    }
    auto state = std::make_unique<AggregateState>(spec_);
    state->add(batch, readable_rows(batch), unfit_);
    merge_->hand_in(batch.key(), std::move(state));
    return Done{};
  }

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
  std::shared_ptr<AggregateMerge> merge_;
  std::shared_ptr<AggregateMerge::Share> share_;
  StageContext& context_;
  BadRecords bad_;
  std::vector<AggregateState::BadRow> unfit_;
  std::vector<std::uint32_t> readable_;
};

/// Results are records whose text is a JSON line, and whose fields are columns beside it.
class Speak final : public Expander {
 public:
  Speak(bool closes_windows, std::shared_ptr<AggregateMerge> merge, std::vector<std::string> names,
        StageContext& context)
      : closes_windows_(closes_windows),
        merge_(std::move(merge)),
        results_(std::move(names)),
        context_(context) {}

  bool wants_empty() const noexcept override { return closes_windows_; }

  Result<Next> expand(const Batch& in, Batch& out) override {
    if (!closes_windows_) return Next::input;
    if (!is_speaking_) {
      const Result<std::uint64_t> late = merge_->merge(in.key());
      if (!late) return late.error();
      if (late.value() > 0) {
        context_.reject("late", late.value(), "the window of a record had closed before it came");
      }
      const Result<bool> closed = merge_->begin_closed();
      if (!closed) return closed.error();
      if (!closed.value()) return Next::input;
      is_speaking_ = true;
    }
    Status filled = fill(out);
    if (!filled) return std::move(filled).error();
    if (has_more()) return Next::again;
    is_speaking_ = false;
    return Next::input;
  }

  Result<Next> finish(Batch& out) override {
    if (!is_last_) {
      if (Status status = merge_->begin_all(); !status) return std::move(status).error();
      is_last_ = true;
    }
    Status filled = fill(out);
    if (!filled) return std::move(filled).error();
    if (has_more()) return Next::again;
    return out.record_count() > 0 ? Next::input : Next::finished;
  }

 private:
  /// Of what fill() had no room for.
  bool has_more() const noexcept { return state_ != nullptr; }

  /// Goes to the next group; false: there is none.
  Result<bool> next_group() {
    if (state_ && ++next_ < order_.size()) return true;
    Result<std::shared_ptr<const AggregateState>> groups = merge_->next();
    if (!groups) return std::move(groups).error();
    state_ = std::move(groups).value();
    next_ = 0;
    if (state_) order_ = state_->ordered();
    if (state_ && order_.empty()) return next_group();
    return state_ != nullptr;
  }

  Status fill(Batch& out) {
    if (!state_) {
      const Result<bool> first = next_group();
      if (!first) return first.error();
    }
    TextArena texts;
    while (state_) {
      cells_.clear();
      state_->result(order_[next_], cells_, texts);
      const Result<bool> added = results_.add(cells_, out);
      if (!added) return added.error();
      if (!added.value()) break;
      const Result<bool> more = next_group();
      if (!more) return more.error();
    }
    results_.finish(out);
    return Done{};
  }

  bool closes_windows_;
  std::shared_ptr<AggregateMerge> merge_;
  ResultRecords results_;
  StageContext& context_;
  bool is_speaking_ = false;  ///< Of windows that have closed.
  bool is_last_ = false;      ///< Of what is left at the end.
  std::shared_ptr<const AggregateState> state_;
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;
  std::vector<Cell> cells_;
};

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  AggregateSpec described = spec_of(options, place.input);
  described.seed = random_hash_seed();
  const auto spec = std::make_shared<const AggregateSpec>(std::move(described));
  const auto merge = std::make_shared<AggregateMerge>(spec, options.overflow, context.io());
  // A bad record has no place in a result, so there is nothing to keep it in.
  const OnError policy = options.on_error == OnError::keep ? OnError::drop : options.on_error;
  const BadRecords bad = BadRecords::in_place(policy, place, context);
  TransformPart absorb = transform_part(
      [spec, merge, bad, &context] { return std::make_unique<Absorb>(spec, merge, context, bad); });
  absorb.absorbs = true;
  const bool spills = options.overflow == Overflow::spill;
  absorb.notes.push_back((spills ? "about " : "at most ") + std::to_string(spec->max_groups) +
                         " groups" + ", in memory beside the buffers" +
                         (spills ? "; the others on disk" : ""));

  std::vector<std::string> names;
  for (const AggregateInput& key : spec->keys) names.push_back(key_name(key));
  for (const AggregateColumn& column : spec->columns) names.push_back(join_field({column.name}));
  Parts parts;
  parts.add(std::move(absorb));
  parts.add(ExpanderPart{
      std::make_unique<Speak>(spec->closes_windows(), merge, std::move(names), context),
      ResultRecords::longest_record});
  return parts;
}

constexpr const char* details =
    "Speaks when its input has ended: one record per group, ordered by the parts of `group_by` "
    "(null, booleans, numbers, texts byte by byte, times); without `group_by`, one record of "
    "everything. Its records have those fields and the computed ones, and no original text: sinks "
    "write them as JSON lines, CSV or a table.\n"
    "\n"
    "What groups are made by, and what functions are of, are fields or other expressions: "
    "`group_by: {hour: time.getHours()}`, `sum(bytes * 8)`.\n"
    "\n"
    "With `window`, groups are of windows of time as well: `window: 1h`, or `window: {every: 1h, "
    "time: time, lateness: 5m}`. Windows begin at multiples of their length since "
    "1970-01-01T00:00:00Z, and the field `window` says when. The records' time is the field "
    "`time`, "
    "or what the expression `time` gives. Without `lateness` no window closes before the input "
    "ends, as is right for files. With it, a window closes when a record comes that is newer than "
    "the window's end by at least that much: its groups are written then, and records of it that "
    "come later are counted as rejected (`late`). What is late goes by the order of the records, "
    "whatever the number of threads.\n"
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
    "A record without one of the `group_by` fields, with an expression that fails, or with "
    "something "
    "else than a number where one is needed, is bad (`on_error`). An expression in a function that "
    "fails since a field that it reads is missing or null has no value, as that field alone would "
    "have none. Records that a parser could not read are left out.\n"
    "\n"
    "Groups are kept in memory. Of more than `max_groups`, the run fails, or with `overflow: "
    "spill` "
    "those in memory go to a temporary file in `$TMPDIR` (or `/tmp`) and are merged at the end; "
    "the "
    "results are the same.";

}  // namespace

void register_aggregate(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "aggregate", "Counts and sums up records by groups.")
          .main("group_by")
          .option("group_by", &Options::group_by,
                  "What makes a group: fields or other expressions, in a list, or in a map with "
                  "their names in the results. All records are one group, if not given.")
          .option("compute", &Options::compute,
                  "What to compute of each group, by name; how many records it has (`count`), if "
                  "not given. In a list, results are called after their function and field: "
                  "`[count(), sum(bytes)]` makes `count` and `sum_bytes`.")
          .option("window", &Options::window,
                  "Groups are of windows of time: how long one is, by what time, and how long late "
                  "records are waited for.")
          .option("max_groups", &Options::max_groups, "How many groups are kept in memory.",
                  between<std::uint64_t>(1, 100'000'000))
          .option("overflow", &Options::overflow,
                  "What becomes of more groups: the run fails (`fail`), or those in memory go to "
                  "disk (`spill`).")
          .option("on_error", &Options::on_error,
                  "What becomes of a bad record: it is left out and counted (`drop`, `keep`), or "
                  "ends the run (`fail`). If a stage reads the output `errors`, it goes there "
                  "instead.")
          .named_output(errors_output)
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
