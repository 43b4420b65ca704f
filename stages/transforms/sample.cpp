// The transform `sample`: keeps one record of n, the same ones every time.
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/cell_text.h"
#include "stages/support/field_list.h"
#include "stages/support/stable_hash.h"

namespace sluice {
namespace {

struct Options {
  std::uint64_t every = 10;
  ExpressionText by;
  std::uint64_t seed = 0;
};

std::optional<FieldReference> key_of(const Options& options, const Schema& input,
                                     Diagnostics& diagnostics) {
  if (options.by.empty()) {
    ExpressionText raw(std::string("raw"));
    return read_field(raw, input, Besides::raw_and_meta, diagnostics);
  }
  return read_field(options.by, input, Besides::raw_and_meta, diagnostics);
}

class Sample final : public Transform {
 public:
  Sample(std::uint64_t every, std::uint64_t seed, std::string field)
      : limit_(std::numeric_limits<std::uint64_t>::max() / every),
        seed_(seed),
        field_(std::move(field)) {}

  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    batch.make_table();
    kept_.clear();
    const Column* column = field_.empty() ? nullptr : batch.find_column(field_);
    for (const std::uint32_t row : batch.selection()) {
      const std::string_view key =
          field_.empty() ? batch.text(batch.rows()[row]) : text_of(column, row);
      if (stable_hash(key, seed_) <= limit_) kept_.push_back(row);
    }
    if (kept_.size() != batch.record_count()) batch.keep_rows(kept_);
    return Done{};
  }

 private:
  std::string_view text_of(const Column* column, std::uint32_t row) {
    if (column == nullptr) return {};
    const Cell& cell = column->cells[row];
    if (cell.type() == Cell::Type::text) return cell.text();
    text_.clear();
    append_plain(text_, cell);
    return text_;
  }

  std::uint64_t limit_;  ///< Of the hashes of what is kept.
  std::uint64_t seed_;
  std::string field_;  ///< Empty: the text of the record.
  std::string text_;
  std::vector<std::uint32_t> kept_;
};

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  key_of(options, input, diagnostics);
  return input;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand = declare_detail::passed_on(place);
  // Whether a record is kept depends on no other one.
  demand.conditions = place.output.conditions;
  Diagnostics none;
  const auto key = key_of(options, place.input, none);
  if (key && !key->name.empty()) demand.fields.add(key->name);
  return demand;
}

Result<Parts> make(const Options& options, StageContext& /*context*/, const StagePlace& place) {
  Diagnostics none;
  const auto key = key_of(options, place.input, none);
  TransformPart part = transform_part(
      [every = options.every, seed = options.seed, field = key ? key->name : std::string()] {
        return std::make_unique<Sample>(every, seed, field);
      });
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

}  // namespace

void register_sample(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "sample", "Keeps one record of n, the same every time.")
          .main("every")
          .option("every", &Options::every, "How many records one is kept of, on average.",
                  between<std::uint64_t>(1, 1'000'000'000))
          .option("by", &Options::by,
                  "The field that decides: records with the same value are all kept or all left "
                  "out. The whole text decides, if not given.")
          .option("seed", &Options::seed,
                  "Another number makes another choice, as a second `sample` below a first needs.")
          .details("A hash of the text, or of the field, decides, and so the choice is the same in "
                   "every run, on every machine, for any number of threads; lines that are equal "
                   "share their fate. Records without the field count as those with an empty one; "
                   "a number is the same key as its digits in a text.")
          .example("- transform: sample\n"
                   "  every: 100\n"
                   "  by: client\n")
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
