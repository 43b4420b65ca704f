#include "stages/support/text_thinner.h"

namespace sluice {

void TextThinner::thin(Batch& batch) {
  if (batch.is_table()) {
    thin_rows(batch);
  } else {
    thin_slices(batch);
  }
}

void TextThinner::thin_slices(Batch& batch) {
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

void TextThinner::thin_rows(Batch& batch) {
  const auto rows = batch.rows();
  kept_rows_.clear();
  for (const std::uint32_t row : batch.selection()) {
    if (matcher_->match_line(batch.text(rows[row]))) kept_rows_.push_back(row);
  }
  if (kept_rows_.size() != batch.record_count()) batch.keep_rows(kept_rows_);
}

}  // namespace sluice
