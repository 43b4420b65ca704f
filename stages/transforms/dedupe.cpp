// The transform `dedupe`: of records with the same key the first one.
//
// Two parts. The first is parallel and makes of each record's key a fingerprint. The second sees
// the records in order and copies those whose fingerprint it has not seen.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/bad_records.h"
#include "stages/support/key_window.h"
#include "stages/support/record_copy.h"
#include "stages/support/record_keys.h"
#include "stages/support/sort_key.h"
#include "stages/support/stable_hash.h"

namespace sluice {
namespace {

struct Options {
  std::vector<ExpressionText> by;
  std::uint64_t max_keys = 1'000'000;
  OnError on_error = OnError::drop;
};

/// The column that takes fingerprints from one part to the other, as times are stored; the second
/// takes it away. No field has such a name.
constexpr std::string_view print_column = "\\fingerprint";

RecordKeys read_keys(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  if (!options.by.empty()) return read_record_keys(options.by, input, diagnostics);
  return read_record_keys({ExpressionText(std::string("raw"))}, input, diagnostics);
}

class MakePrints final : public Transform {
 public:
  MakePrints(std::shared_ptr<const RecordKeys> keys, std::uint64_t seed, BadRecords bad)
      : keys_(std::move(keys)), reader_(keys_), seed_(seed), bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    batch.make_table();
    for (const RecordKeyReader::Problem& problem : reader_.bind(batch)) {
      bad_.add(problem.row, problem.reason, 0);
    }
    if (!bad_.empty()) {
      Status status = bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
      if (!status) return status;
    }
    prints_.assign(batch.rows().size(), Cell());
    for (const std::uint32_t row : batch.selection()) prints_[row] = print_of(row);
    batch.add_column(print_column).cells.swap(prints_);
    return Done{};
  }

 private:
  /// A missing cell when no part of the key has a value.
  Cell print_of(std::uint32_t row) {
    key_.clear();
    bool has_value = false;
    for (std::size_t part = 0; part < keys_->size(); ++part) {
      Cell cell = reader_.cell(part, row);
      has_value = has_value || !(cell.is_missing() || cell.type() == Cell::Type::null);
      // Where order takes them for the nearest double, their digits tell them apart.
      if (cell.type() == Cell::Type::decimal) cell = Cell::json(cell.text());
      append_sort_key(cell, SortDirection::ascending, NoValue::last, key_);
    }
    if (!has_value) return {};
    const WideHash hash = wide_hash(key_, seed_);
    return Cell::timestamp(
        {static_cast<std::int64_t>(hash.low), static_cast<std::uint32_t>(hash.high)});
  }

  std::shared_ptr<const RecordKeys> keys_;
  RecordKeyReader reader_;
  std::uint64_t seed_;
  BadRecords bad_;
  std::string key_;
  std::vector<Cell> prints_;
};

class KeepFirst final : public Expander {
 public:
  KeepFirst(std::uint64_t max_keys, StageContext& context)
      : window_(static_cast<std::size_t>(max_keys)), context_(context) {}

  Result<Next> expand(const Batch& in, Batch& out) override {
    if (next_ == 0) choose(in);
    RecordsView view = RecordsView::of(in);
    view.selection = kept_;
    // The fingerprints are the last column.
    view.columns = view.columns.first(view.columns.size() - 1);
    if (next_ < kept_.size()) {
      const auto copied = copy_records(view, next_, kept_.size(), out);
      if (!copied) return copied.error();
      next_ += copied.value();
      if (next_ < kept_.size()) return Next::again;
    }
    next_ = 0;
    return Next::input;
  }

  Result<Next> finish(Batch& /*out*/) override {
    if (window_.forgotten() > 0) {
      context_.warn("forgotten_keys", window_.forgotten(),
                    "more than " + std::to_string(window_.size()) +
                        " different keys (max_keys): records like those seen longest ago are taken "
                        "for new ones");
    }
    return Next::finished;
  }

 private:
  static KeyPrint print_of(const Cell& cell) noexcept {
    const Timestamp stored = cell.timestamp();
    return {static_cast<std::uint64_t>(stored.seconds), stored.nanoseconds};
  }

  void choose(const Batch& in) {
    constexpr std::size_t ahead = 16;
    kept_.clear();
    const auto rows = in.selection();
    const std::vector<Cell>& prints = in.columns().back().cells;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i + ahead < rows.size()) window_.prefetch(print_of(prints[rows[i + ahead]]));
      const Cell& print = prints[rows[i]];
      if (print.is_missing() || window_.add(print_of(print))) kept_.push_back(rows[i]);
    }
  }

  KeyWindow window_;
  StageContext& context_;
  std::vector<std::uint32_t> kept_;  ///< Rows of the input at hand.
  std::size_t next_ = 0;             ///< In kept_.
};

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  read_keys(options, input, diagnostics);
  return input;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand = declare_detail::passed_on(place);
  Diagnostics none;
  add_to(demand.fields, read_keys(options, place.input, none));
  return demand;
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Diagnostics none;
  const auto keys = std::make_shared<const RecordKeys>(read_keys(options, place.input, none));
  const BadRecords bad = BadRecords::in_place(options.on_error, place, context);
  // Whoever writes the log does not know which texts would have the same fingerprint.
  std::random_device random;
  const std::uint64_t seed = std::uint64_t{random()} << 32U | random();
  TransformPart prints =
      transform_part([=] { return std::make_unique<MakePrints>(keys, seed, bad); });
  prints.notes.push_back("at most " + std::to_string(options.max_keys) +
                         " keys of 32 bytes, in memory beside the buffers");
  Parts parts;
  parts.add(std::move(prints));
  parts.add(ExpanderPart{std::make_unique<KeepFirst>(options.max_keys, context), {}, true});
  return parts;
}

void check(const Options& options, const OptionErrors& errors) {
  errors.refuse_empty_text("by", options.by);
}

constexpr const char* details =
    "The first record in the order of the input stays, for any number of threads. Numbers are the "
    "same key when their values are, whatever their type; null and missing are the same. A record "
    "without a value for any part of the key is no duplicate and stays; so do records that a "
    "parser could not read, unless the text itself is the key.\n"
    "\n"
    "When there are more than `max_keys` different keys, the one that was first seen the longest "
    "time ago is forgotten: a record that has it counts as new. How many were forgotten is "
    "reported at the end. Keys are told apart by 96 bits of a hash.";

}  // namespace

void register_dedupe(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "dedupe", "Lets the first record of each key pass.")
          .main("by")
          .option("by", &Options::by,
                  "The fields or expressions that make the key; the whole text, if not given.")
          .option("max_keys", &Options::max_keys, "How many keys to remember, the newest ones.",
                  between<std::uint64_t>(1, 100'000'000))
          .option("on_error", &Options::on_error,
                  "What becomes of a record that an expression has no value for: it is left out "
                  "and counted (`drop`), treated as one without that value (`keep`), or ends the "
                  "run (`fail`). If a stage reads the output `errors`, it goes there instead.")
          .named_output(errors_output)
          .details(details)
          .example("- transform: dedupe\n"
                   "  by: [client, path]\n")
          .check(check)
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
