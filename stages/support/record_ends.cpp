#include "stages/support/record_ends.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace sluice {
namespace {

class RecordEnds final : public Transform {
 public:
  RecordEnds(RecordEnd end, std::uint64_t count) : end_(end), count_(count) {}

  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    batch.make_table();
    const auto selection = batch.selection();
    if (selection.size() <= count_) return Done{};
    const auto count = static_cast<std::size_t>(count_);
    const auto kept = end_ == RecordEnd::first ? selection.first(count) : selection.last(count);
    kept_.assign(kept.begin(), kept.end());
    batch.keep_rows(kept_);
    return Done{};
  }

 private:
  RecordEnd end_;
  std::uint64_t count_;
  std::vector<std::uint32_t> kept_;
};

}  // namespace

TransformPart record_ends_part(RecordEnd end, std::uint64_t count) {
  TransformPart part =
      transform_part([end, count] { return std::make_unique<RecordEnds>(end, count); });
  return part;
}

}  // namespace sluice
