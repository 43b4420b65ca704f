// The transform `head`: the first records.
//
// Two parts. The first is parallel: no batch has more to give than its first records. The second
// counts them in order, and wants no more when it has enough.
#include <cstdint>
#include <memory>

#include "engine/stage/registry.h"
#include "stages/support/record_copy.h"
#include "stages/support/record_ends.h"

namespace sluice {
namespace {

struct Options {
  std::uint64_t records = 10;
};

class Head final : public Expander {
 public:
  explicit Head(std::uint64_t records) : left_(records) {}

  Result<Next> expand(const Batch& in, Batch& out) override {
    const std::size_t total = in.selection().size();
    if (left_ > 0 && next_ < total) {
      const auto copied = copy_records(RecordsView::of(in), next_, left_, out);
      if (!copied) return copied.error();
      next_ += copied.value();
      left_ -= copied.value();
    }
    if (left_ == 0) return Next::finished;
    if (next_ < total) return Next::again;
    next_ = 0;
    return Next::input;
  }

 private:
  std::uint64_t left_;
  std::size_t next_ = 0;  ///< Of the wanted records of the input at hand.
};

Result<Parts> make(const Options& options, StageContext& /*context*/) {
  Parts parts;
  parts.add(record_ends_part(RecordEnd::first, options.records));
  parts.add(ExpanderPart{std::make_unique<Head>(options.records), {}, true});
  return parts;
}

}  // namespace

void register_head(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "head", "Lets the first records pass, and no more.")
          .main("records")
          .option("records", &Options::records, "How many.",
                  between<std::uint64_t>(1, 1'000'000'000'000))
          .details(
              "They are the first ones in the order of the input, for any number of threads. When "
              "they have passed, whatever is above and has no other reader stops at once.")
          .example("- transform: head\n"
                   "  records: 100\n")
          .make(make)
          .done());
}

}  // namespace sluice
