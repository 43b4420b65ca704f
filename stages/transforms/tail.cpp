// The transform `tail`: the last records.
//
// Two parts. The first is parallel: no batch has more to give than its last records. The second
// holds copies of the last ones so far, and speaks when the input has ended.
#include <cstdint>
#include <deque>
#include <memory>

#include "engine/stage/registry.h"
#include "stages/support/record_copy.h"
#include "stages/support/record_ends.h"

namespace sluice {
namespace {

struct Options {
  std::uint64_t records = 10;
};

class Tail final : public Expander {
 public:
  explicit Tail(std::uint64_t records) : records_(records) {}

  Result<Next> expand(const Batch& in, Batch& /*out*/) override {
    if (in.record_count() == 0) return Next::input;
    blocks_.push_back(std::make_unique<RecordBlock>(RecordsView::of(in)));
    held_ += blocks_.back()->size();
    while (held_ - blocks_.front()->size() >= records_) {
      held_ -= blocks_.front()->size();
      blocks_.pop_front();
    }
    return Next::input;
  }

  Result<Next> finish(Batch& out) override {
    if (blocks_.empty()) return Next::finished;
    if (held_ > records_) {
      // Only the first block can have records too many.
      next_ = static_cast<std::size_t>(held_ - records_);
      held_ = records_;
    }
    const RecordBlock& block = *blocks_.front();
    const auto copied = copy_records(block.view(), next_, block.size(), out);
    if (!copied) return copied.error();
    next_ += copied.value();
    if (next_ < block.size()) return Next::again;
    next_ = 0;
    blocks_.pop_front();
    return blocks_.empty() ? Next::input : Next::again;
  }

 private:
  std::uint64_t records_;
  std::deque<std::unique_ptr<RecordBlock>> blocks_;
  std::uint64_t held_ = 0;  ///< Records in all blocks.
  std::size_t next_ = 0;    ///< Of the first block, once it speaks.
};

Result<Parts> make(const Options& options, StageContext& /*context*/) {
  Parts parts;
  TransformPart ends = record_ends_part(RecordEnd::last, options.records);
  ends.notes.push_back("copies of the last " + std::to_string(options.records) +
                       " records, in memory beside the buffers");
  parts.add(std::move(ends));
  parts.add(ExpanderPart{std::make_unique<Tail>(options.records), {}, true});
  return parts;
}

}  // namespace

void register_tail(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "tail", "Lets the last records pass, and no others.")
          .main("records")
          .option("records", &Options::records, "How many.", between<std::uint64_t>(1, 100'000'000))
          .details("They are the last ones in the order of the input, for any number of threads, "
                   "and come when the input has ended. Until then they are held in memory, so it "
                   "takes as much as they do, and at most the records of one buffer more.")
          .example("- transform: tail\n"
                   "  records: 100\n")
          .make(make)
          .done());
}

}  // namespace sluice
