// The transform `filter`: keeps the records whose text fulfils some conditions.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/line_matcher.h"

namespace sluice {
namespace {

struct Options {
  std::vector<std::string> contains;
  std::vector<std::string> any_of;
  std::optional<std::string> regex;
  bool negate = false;
};

class Filter final : public Transform {
 public:
  explicit Filter(std::shared_ptr<const LineMatcher> matcher) : matcher_(std::move(matcher)) {}

  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    if (batch.is_table()) {
      thin_table(batch);
    } else {
      thin_text(batch);
    }
    return Done{};
  }

 private:
  void thin_text(Batch& batch) {
    const auto slices = batch.slices();
    const std::uint64_t total = slices.size() == 1 ? batch.record_count() : 0;
    kept_slices_.clear();
    std::uint64_t kept = 0;
    for (const Slice slice : slices) {
      kept += matcher_->match_chunk(batch.bytes().substr(slice.offset, slice.length), slice.offset,
                                    total, kept_slices_);
    }
    if (kept != batch.record_count()) batch.keep_slices(kept_slices_, kept);
  }

  void thin_table(Batch& batch) {
    const auto rows = batch.rows();
    kept_rows_.clear();
    for (const std::uint32_t row : batch.selection()) {
      if (matcher_->match_line(batch.text(rows[row]))) kept_rows_.push_back(row);
    }
    if (kept_rows_.size() != batch.record_count()) batch.keep_rows(kept_rows_);
  }

  std::shared_ptr<const LineMatcher> matcher_;
  // What a batch had before comes back in these, so that they stop growing soon.
  std::vector<Slice> kept_slices_;
  std::vector<std::uint32_t> kept_rows_;
};

void check(const Options& options, const OptionErrors& errors) {
  if (options.contains.empty() && options.any_of.empty() && !options.regex) {
    errors.add("", "option.missing", "transform 'filter' needs a condition",
               "give at least one of 'contains', 'any_of' and 'regex'");
  }
  // Every record holds the empty text, so such a condition can only be a slip.
  const auto refuse_empty = [&](const char* option, const std::vector<std::string>& texts) {
    if (std::find(texts.begin(), texts.end(), std::string()) == texts.end()) return;
    errors.add(option, "option.range",
               std::string("option '") + option + "': must not hold an empty text");
  };
  refuse_empty("contains", options.contains);
  refuse_empty("any_of", options.any_of);
}

Result<Parts> make(const Options& options, StageContext& /*context*/) {
  Result<LineMatcher> matcher =
      LineMatcher::make({options.contains, options.any_of, options.regex, options.negate});
  if (!matcher) return std::move(matcher).error();
  auto shared = std::make_shared<const LineMatcher>(std::move(matcher).value());
  Parts parts;
  parts.emplace_back(TransformPart{[shared]() -> Result<std::unique_ptr<Transform>> {
    return std::unique_ptr<Transform>(std::make_unique<Filter>(shared));
  }});
  return parts;
}

}  // namespace

void register_filter(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "filter", "Keeps the records whose text matches.")
          .option("contains", &Options::contains,
                  "Texts that must all be in the record, in any order.", NotEmpty{})
          .option("any_of", &Options::any_of, "Texts of which at least one must be in the record.",
                  NotEmpty{})
          .option("regex", &Options::regex,
                  "A regular expression (RE2 syntax) that must match somewhere in the record.",
                  NotEmpty{})
          .option("not", &Options::negate,
                  "Keeps the records that do not match, and drops those that do.")
          .details("At least one condition is needed; a record matches when all that are given "
                   "hold. Case counts; a regex ignores it with `(?i)`. A condition looks at the "
                   "record without its line end, and `^` and `$` are the record's ends. Records "
                   "that are kept keep their bytes and their order.")
          .example("- transform: filter\n"
                   "  contains: [ERROR, payment]\n"
                   "  regex: 'took [0-9]{4,} ms'\n")
          .check(check)
          .make(make)
          .done());
}

}  // namespace sluice
