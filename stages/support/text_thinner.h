// Thins batches by a condition on the text of records: what `filter` and the search in front of
// `parse` have in common. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/data/batch.h"
#include "stages/support/line_matcher.h"

namespace sluice {

class TextThinner {
 public:
  explicit TextThinner(std::shared_ptr<const LineMatcher> matcher) : matcher_(std::move(matcher)) {}

  /// Keeps the records that match, in whichever form the batch has.
  void thin(Batch& batch);

 private:
  void thin_slices(Batch& batch);
  void thin_rows(Batch& batch);

  std::shared_ptr<const LineMatcher> matcher_;
  // What a batch had before comes back in these, so that they stop growing soon.
  std::vector<Slice> kept_slices_;
  std::vector<std::uint32_t> kept_rows_;
};

}  // namespace sluice
