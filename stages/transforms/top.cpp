// The transform `top`: the most frequent values of a key.
//
// Two parts, as of an aggregate. The first is parallel and counts, each of its instances for
// itself. The second merges the counts when the input has ended, and speaks.
#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/escape.h"
#include "engine/stage/field_path.h"
#include "engine/stage/registry.h"
#include "stages/support/bad_records.h"
#include "stages/support/record_keys.h"
#include "stages/support/result_records.h"
#include "stages/support/top_counts.h"

namespace sluice {

template <>
struct EnumNames<TopCounts::Overflow> {
  static constexpr std::array<std::pair<std::string_view, TopCounts::Overflow>, 2> names{
      {{"fail", TopCounts::Overflow::fail}, {"approximate", TopCounts::Overflow::approximate}}};
};

namespace {

constexpr std::string_view count_field = "count";
constexpr std::string_view count_error_field = "count_error";

struct Options {
  std::vector<NamedExpression> by;
  std::uint64_t n = 10;
  std::uint64_t max_groups = 1'000'000;
  TopCounts::Overflow overflow = TopCounts::Overflow::fail;
  OnError on_error = OnError::drop;

  bool is_approximate() const { return overflow == TopCounts::Overflow::approximate; }
};

RecordKeys read_keys(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  RecordKeys keys;
  for (const NamedExpression& named : options.by) {
    auto key = read_record_key(named.expression, input, diagnostics);
    if (!key) continue;
    if (!named.name.empty()) key->title = join_field({named.name});
    keys.push_back(std::move(*key));
  }
  return keys;
}

std::vector<std::string> names_of(const Options& options, const RecordKeys& keys) {
  std::vector<std::string> names;
  for (const RecordKey& key : keys) names.push_back(key.title);
  names.emplace_back(count_field);
  if (options.is_approximate()) names.emplace_back(count_error_field);
  return names;
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  const RecordKeys keys = read_keys(options, input, diagnostics);
  std::vector<std::string> names = names_of(options, keys);
  Schema schema;
  for (std::size_t i = 0; i < names.size(); ++i) {
    schema.fields.push_back({names[i], i < keys.size() ? keys[i].type : FieldType::integer});
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    diagnostics.add(
        "top.duplicate", options.by.front().expression.mark,
        "two fields of the result are called '" + plain_field(*twice) + "'",
        "name the key, as in `by: {value: " + options.by.front().expression.text + "}`");
  }
  schema.has_text = false;
  schema.is_changed = true;
  schema.text_is_json = true;
  return schema;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand;
  Diagnostics none;
  add_to(demand.fields, read_keys(options, place.input, none));
  for (const auto& named : place.named) {
    if (named) demand.fields.add(named->fields);
  }
  return demand;
}

Error too_many_groups(std::uint64_t most) {
  Error error;
  error.code = ErrorCode::limit;
  error.message = "more than " + std::to_string(most) +
                  " different keys (max_groups); with `overflow: approximate` the rarest are "
                  "forgotten and counts have an error";
  return error;
}

/// What all instances of the first part have counted. Thread-safe.
class Partials {
 public:
  explicit Partials(const Options& options, std::size_t key_cells)
      : options_(options), key_cells_(key_cells) {}

  std::shared_ptr<TopCounts> make() {
    const std::lock_guard lock(mutex_);
    return counts_.emplace_back(make_counts());
  }
  /// REQUIRES: nobody counts any more.
  std::shared_ptr<TopCounts> merged() {
    const std::lock_guard lock(mutex_);
    if (counts_.empty()) return make_counts();
    for (std::size_t i = 1; i < counts_.size(); ++i) {
      counts_.front()->merge(*counts_[i]);
      counts_[i].reset();
    }
    return counts_.front();
  }
  const Options& options() const noexcept { return options_; }

 private:
  std::shared_ptr<TopCounts> make_counts() const {
    return std::make_shared<TopCounts>(key_cells_, static_cast<std::size_t>(options_.max_groups),
                                       options_.overflow, seed_);
  }

  Options options_;
  std::size_t key_cells_;
  HashSeed seed_ = random_hash_seed();  ///< One for all, so that hashes can be taken over.
  std::mutex mutex_;
  std::vector<std::shared_ptr<TopCounts>> counts_;
};

class Absorb final : public Transform {
 public:
  Absorb(std::shared_ptr<const RecordKeys> keys, std::shared_ptr<TopCounts> counts,
         std::uint64_t max_groups, StageContext& context, BadRecords bad)
      : keys_(std::move(keys)),
        reader_(keys_),
        columns_(keys_->size()),
        counts_(std::move(counts)),
        max_groups_(max_groups),
        context_(context),
        bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    if (batch.record_count() == 0) return Done{};
    batch.make_table();
    find_rows(batch, reader_.bind(batch));
    if (!rows_.empty()) {
      for (std::size_t part = 0; part < columns_.size(); ++part) {
        columns_[part] = reader_.cells(part);
      }
      counts_->add(columns_, rows_);
    }
    if (counts_->has_too_many()) return too_many_groups(max_groups_);
    Status status = Done{};
    if (!bad_.empty()) status = bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
    batch.select_nothing();
    return status;
  }

 private:
  /// The rows that have a key. What a parser could not read was counted there as bad; here it is
  /// left out.
  void find_rows(const Batch& batch, const std::vector<RecordKeyReader::Problem>& problems) {
    rows_.clear();
    auto unreadable = batch.bad_rows().begin();
    const auto end = batch.bad_rows().end();
    auto problem = problems.begin();
    std::uint64_t left_out = 0;
    for (const std::uint32_t row : batch.selection()) {
      while (unreadable != end && *unreadable < row) ++unreadable;
      if (unreadable != end && *unreadable == row) {
        ++left_out;
      } else if (problem != problems.end() && problem->row == row) {
        bad_.add(row, (problem++)->reason, 0);
      } else if (const RecordKey* missing = missing_key(row)) {
        bad_.add(row, "no field '" + escape(plain_field(missing->field)) + "'", 0);
      } else {
        rows_.push_back(row);
      }
    }
    if (left_out > 0) context_.leave_out(left_out);
  }

  const RecordKey* missing_key(std::uint32_t row) const {
    for (std::size_t part = 0; part < keys_->size(); ++part) {
      if (reader_.cell(part, row).is_missing()) return &(*keys_)[part];
    }
    return nullptr;
  }

  std::shared_ptr<const RecordKeys> keys_;
  RecordKeyReader reader_;
  std::vector<const Cell*> columns_;  ///< By part of the key.
  std::shared_ptr<TopCounts> counts_;
  std::uint64_t max_groups_;
  StageContext& context_;
  BadRecords bad_;
  std::vector<std::uint32_t> rows_;
};

class Speak final : public Expander {
 public:
  Speak(std::shared_ptr<Partials> partials, std::vector<std::string> names)
      : partials_(std::move(partials)), results_(std::move(names)) {}

  Result<Next> expand(const Batch& /*in*/, Batch& /*out*/) override { return Next::input; }

  Result<Next> finish(Batch& out) override {
    const Options& options = partials_->options();
    if (!counts_) {
      counts_ = partials_->merged();
      if (counts_->has_too_many()) return too_many_groups(options.max_groups);
      entries_ = counts_->largest(static_cast<std::size_t>(options.n));
      if (entries_.empty()) return Next::finished;
    }
    while (next_ < entries_.size()) {
      const TopCounts::Entry& entry = entries_[next_];
      const auto key = counts_->key(entry.group);
      cells_.assign(key.begin(), key.end());
      cells_.push_back(Cell::integer(static_cast<std::int64_t>(entry.count)));
      if (options.is_approximate()) {
        cells_.push_back(Cell::integer(static_cast<std::int64_t>(entry.error)));
      }
      const Result<bool> added = results_.add(cells_, out);
      if (!added) return added.error();
      if (!added.value()) break;
      ++next_;
    }
    results_.finish(out);
    return next_ < entries_.size() ? Next::again : Next::input;
  }

 private:
  std::shared_ptr<Partials> partials_;
  ResultRecords results_;
  std::shared_ptr<TopCounts> counts_;
  std::vector<TopCounts::Entry> entries_;
  std::size_t next_ = 0;
  std::vector<Cell> cells_;
};

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Diagnostics none;
  const auto keys = std::make_shared<const RecordKeys>(read_keys(options, place.input, none));
  const auto partials = std::make_shared<Partials>(options, keys->size());
  // A bad record has no place in a result, so there is nothing to keep it in.
  const OnError policy = options.on_error == OnError::keep ? OnError::drop : options.on_error;
  const BadRecords bad = BadRecords::in_place(policy, place, context);
  TransformPart absorb = transform_part([=, &context] {
    return std::make_unique<Absorb>(keys, partials->make(), partials->options().max_groups, context,
                                    bad);
  });
  absorb.absorbs = true;
  absorb.notes.push_back("at most " +
                         std::to_string(options.max_groups * (options.is_approximate() ? 2 : 1)) +
                         " keys for each thread, in memory beside the buffers");
  Parts parts;
  parts.add(std::move(absorb));
  parts.add(ExpanderPart{std::make_unique<Speak>(partials, names_of(options, *keys)),
                         ResultRecords::longest_record});
  return parts;
}

constexpr const char* details =
    "Speaks when its input has ended: one record for each of the most frequent values, with the "
    "fields that are counted and `count`; the most frequent first, and those that are as frequent "
    "in the order of their values. It is short for an `aggregate` that counts, a `sort` and a "
    "`head`. `by: {host: lowerAscii(host)}` names what is counted.\n"
    "\n"
    "Counts are exact up to `max_groups` different values. Beyond it, with `overflow: "
    "approximate`, the rarest are forgotten (Space-Saving): no count is too low, `count_error` "
    "says by how much it may be too high, and that is never more than the number of records "
    "divided by `max_groups`. Any value that is more frequent than that is in the result, if `n` "
    "has room for it. What is forgotten depends on which thread saw what, and so may differ from "
    "run to run within these bounds.\n"
    "\n"
    "A record without one of the fields is bad (`on_error`); null is a value. Records that a "
    "parser could not read are left out.";

}  // namespace

void register_top(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "top", "Finds the most frequent values.")
          .main("by")
          .required("by", &Options::by,
                    "What is counted: fields or expressions, which may be named.", NotEmpty{})
          .option("n", &Options::n, "How many of them.", between<std::uint64_t>(1, 1'000'000))
          .option("max_groups", &Options::max_groups,
                  "How many different values are counted exactly, in memory.",
                  between<std::uint64_t>(1, 100'000'000))
          .option("overflow", &Options::overflow,
                  "What happens when there are more: the run fails, or counts become approximate "
                  "and have a field `count_error`.")
          .option("on_error", &Options::on_error,
                  "What becomes of a bad record: it is left out and counted (`drop`, `keep`), or "
                  "ends the run (`fail`). If a stage reads the output `errors`, it goes there "
                  "instead.")
          .named_output(errors_output)
          .details(details)
          .example("- transform: top\n"
                   "  by: path\n"
                   "  n: 20\n")
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
