// The transform `sort`: all records in the order of some keys.
//
// Two parts. The first is parallel: each of its instances packs records and their keys into a chunk
// of its own and sorts it when it is full. The second merges all there is when the input has ended.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/bad_records.h"
#include "stages/support/packed_record.h"
#include "stages/support/record_keys.h"
#include "stages/support/sort_store.h"

namespace sluice {

template <>
struct EnumNames<NoValue> {
  static constexpr std::array<std::pair<std::string_view, NoValue>, 2> names{
      {{"last", NoValue::last}, {"first", NoValue::first}}};
};

namespace {

struct Options {
  std::vector<ExpressionText> by;
  NoValue missing = NoValue::last;
  ByteSize memory = 256_MiB;
  std::string spill_to = "/var/tmp";
  OnError on_error = OnError::drop;
};

/// What is sorted by.
struct SortSpec {
  RecordKeys keys;
  std::vector<SortDirection> directions;  ///< One for each key.
  NoValue no_value = NoValue::last;
};

/// `status desc`: the expression without its last word, if that is a direction. No expression ends
/// so, but a field may be called `desc`.
SortDirection take_direction(ExpressionText& written) {
  ExpressionMistake mistake;
  if (parse_expression(written.text, mistake)) return SortDirection::ascending;
  constexpr std::string_view blanks = " \t\n";
  const std::string_view text = written.text;
  const std::size_t blank = text.find_last_of(blanks);
  if (blank == std::string_view::npos) return SortDirection::ascending;
  const std::string_view word = text.substr(blank + 1);
  if (word != "asc" && word != "desc") return SortDirection::ascending;
  const auto direction = word == "desc" ? SortDirection::descending : SortDirection::ascending;
  written.text.resize(text.find_last_not_of(blanks, blank) + 1);
  return direction;
}

SortSpec read_spec(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  SortSpec spec;
  spec.no_value = options.missing;
  for (ExpressionText written : options.by) {
    const SortDirection direction = take_direction(written);
    auto key = read_record_key(written, input, diagnostics);
    if (!key) continue;
    spec.keys.push_back(std::move(*key));
    spec.directions.push_back(direction);
  }
  return spec;
}

/// Packs records into chunks.
class Absorb final : public Transform {
 public:
  struct Shared {
    SortSpec spec;
    std::vector<std::string> fields;  ///< That somebody below wants.
    SortKeyOrder order;
    SortStore store;
  };

  Absorb(std::shared_ptr<Shared> shared, BadRecords bad)
      : shared_(std::move(shared)),
        keys_(std::shared_ptr<const RecordKeys>(shared_, &shared_->spec.keys)),
        cells_(shared_->fields),
        bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    if (batch.record_count() == 0) return Done{};
    batch.make_table();
    for (const RecordKeyReader::Problem& problem : keys_.bind(batch)) {
      bad_.add(problem.row, problem.reason, 0);
    }
    if (!bad_.empty()) {
      Status status = bad_.settle(batch, outputs.empty() ? nullptr : outputs.front());
      if (!status) return status;
    }
    cells_.bind(batch);
    if (chunk_ != nullptr) chunk_->begin_batch(batch.key());
    Status status = take_in(batch);
    batch.select_nothing();
    return status;
  }

 private:
  Status take_in(const Batch& batch) {
    auto unreadable = batch.bad_rows().begin();
    const auto end = batch.bad_rows().end();
    for (const std::uint32_t row : batch.selection()) {
      while (unreadable != end && *unreadable < row) ++unreadable;
      const Slice slice = batch.rows()[row];
      SortChunk::Record record;
      record.key = key_of(row);
      record.text = batch.bytes().substr(slice.offset, slice.length);
      record.cells = cells_.pack(row, record.text);
      record.row = row;
      record.is_bad = unreadable != end && *unreadable == row;
      if (chunk_ == nullptr || (!chunk_->has_room(record) && !chunk_->empty())) {
        Status status = change_chunk(batch.key());
        if (!status) return status;
      }
      chunk_->add(record);
    }
    return Done{};
  }

  SortKeyView key_of(std::uint32_t row) {
    key_.clear();
    const SortSpec& spec = shared_->spec;
    for (std::size_t part = 0; part < spec.keys.size(); ++part) {
      append_sort_key(keys_.cell(part, row), spec.directions[part], spec.no_value, key_);
    }
    return shared_->order.cut(key_);
  }

  Status change_chunk(OrderKey batch) {
    if (chunk_ != nullptr) {
      SortChunk& full = *std::exchange(chunk_, nullptr);
      Status status = shared_->store.close_chunk(full);
      if (!status) return status;
    }
    chunk_ = &shared_->store.open_chunk();
    chunk_->begin_batch(batch);
    return Done{};
  }

  std::shared_ptr<Shared> shared_;
  RecordKeyReader keys_;
  CellPacker cells_;
  BadRecords bad_;
  SortChunk* chunk_ = nullptr;  ///< Belongs to the store.
  std::string key_;
};

class Speak final : public Expander {
 public:
  explicit Speak(std::shared_ptr<Absorb::Shared> shared)
      : shared_(std::move(shared)), unpacker_(shared_->fields) {}

  Result<Next> expand(const Batch& /*in*/, Batch& /*out*/) override { return Next::input; }

  Result<Next> finish(Batch& out) override {
    if (!merge_) {
      Result<std::unique_ptr<SortMerge>> merge = shared_->store.merged();
      if (!merge) return std::move(merge).error();
      merge_ = std::move(merge).value();
      if (merge_->at_end()) return Next::finished;
    }
    Status filled = fill(out);
    if (!filled) return std::move(filled).error();
    return merge_->at_end() ? Next::input : Next::again;
  }

 private:
  /// The most records of one batch.
  static constexpr std::size_t most_rows = 65'536;

  Status fill(Batch& out) {
    Buffer& buffer = *out.buffer();
    std::size_t used = 0;
    while (!merge_->at_end() && unpacker_.size() < most_rows) {
      const PackedRecord record(merge_->record());
      const std::size_t length = record.text().size();
      if (used + length > (used == 0 ? buffer.capacity() : buffer.size())) {
        if (used == 0) return too_long(buffer.capacity());
        break;
      }
      unpacker_.add(record, buffer.data() + used, static_cast<std::uint32_t>(used));
      used += length;
      Status status = merge_->next();
      if (!status) return status;
    }
    unpacker_.finish(used, out);
    return Done{};
  }

  static Error too_long(std::size_t capacity) {
    Error error;
    error.code = ErrorCode::limit;
    error.message =
        "a record is longer than what can be copied here (" + print(ByteSize{capacity}) + ")";
    return error;
  }

  std::shared_ptr<Absorb::Shared> shared_;
  RecordUnpacker unpacker_;
  std::unique_ptr<SortMerge> merge_;
};

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  read_spec(options, input, diagnostics);
  return input;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand = declare_detail::passed_on(place);
  // Records that nobody below wants need not be sorted, nor be counted as bad here.
  if (options.on_error == OnError::drop && !place.is_named_read()) {
    demand.conditions = place.output.conditions;
  }
  Diagnostics none;
  add_to(demand.fields, read_spec(options, place.input, none).keys);
  return demand;
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Diagnostics none;
  SortSpec spec = read_spec(options, place.input, none);
  const SortKeyOrder order(spec.directions.back());
  const auto shared = std::shared_ptr<Absorb::Shared>(new Absorb::Shared{
      std::move(spec),
      place.output.fields.names,
      order,
      {order, {options.memory.bytes, options.spill_to}, context},
  });
  const BadRecords bad = BadRecords::in_place(options.on_error, place, context);
  TransformPart absorb =
      transform_part([shared, bad] { return std::make_unique<Absorb>(shared, bad); });
  absorb.notes.push_back("holds all records, at most " + print(options.memory) +
                         " in memory beside the buffers and the rest in " + options.spill_to);
  Parts parts;
  parts.add(std::move(absorb));
  parts.add(ExpanderPart{std::make_unique<Speak>(shared), {}, true});
  return parts;
}

constexpr const char* details =
    "Each key is a field or an expression, with `desc` behind it for the largest first: "
    "`by: [status desc, time]`. Records with equal keys stay in the order of the input, for any "
    "number of threads. Values of different types are ordered by type: booleans, numbers by their "
    "value, texts byte by byte, lists and objects by their text, times, durations. Records without "
    "a value (missing or null; those that a parser could not read) come last, also in descending "
    "order.\n"
    "\n"
    "A record is written as it came in; only a last line without a line end gets one. Records "
    "come when the input has ended. What does not fit `memory` is sorted in pieces in temporary "
    "files, which have no name and so are gone however the run ends; they take about as much as "
    "the input and the fields that are still wanted.";

void check(const Options& options, const OptionErrors& errors) {
  errors.refuse_empty_text("by", options.by);
}

}  // namespace

void register_sort(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "sort", "Puts all records in order.")
          .main("by")
          .required("by", &Options::by, "The keys, the most important one first.", NotEmpty{})
          .option("missing", &Options::missing, "Where records without a value come.")
          .option("memory", &Options::memory,
                  "How much to hold in memory; beyond it, temporary files are used.",
                  between(1_MiB, ByteSize{std::uint64_t{1} << 40U}))
          .option("spill_to", &Options::spill_to, "The folder for temporary files.", NotEmpty{})
          .option("on_error", &Options::on_error,
                  "What becomes of a record that an expression has no value for: it is left out "
                  "and counted (`drop`), sorted as one without a value (`keep`), or ends the run "
                  "(`fail`). If a stage reads the output `errors`, it goes there instead.")
          .named_output(errors_output)
          .details(details)
          .example("- transform: sort\n"
                   "  by: [status desc, time]\n")
          .check(check)
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
