#include "engine/run/input_limit.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace sluice {
namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

}  // namespace

InputLimit::InputLimit(const LimitSpec& limit) noexcept
    : records_(limit.records.value_or(no_limit)),
      bytes_(limit.bytes.value_or(ByteSize{no_limit}).bytes) {}

bool InputLimit::apply(Batch& batch) {
  const std::lock_guard lock(mutex_);
  if (batch.record_count() < records_ && batch.byte_count() < bytes_) {
    records_ -= batch.record_count();
    bytes_ -= batch.byte_count();
    return false;
  }
  if (records_ == 0 || bytes_ == 0) {
    batch.select_nothing();
  } else if (batch.is_stream()) {
    cut_stream(batch);
  } else {
    cut_records(batch);
  }
  return records_ == 0 || bytes_ == 0;
}

void InputLimit::cut_records(Batch& batch) {
  batch.make_table();
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t row : batch.selection()) {
    if (records_ == 0 || bytes_ == 0) break;
    kept.push_back(row);
    --records_;
    bytes_ -= std::min<std::uint64_t>(bytes_, batch.rows()[row].length);
  }
  batch.keep_rows(kept);
}

void InputLimit::cut_stream(Batch& batch) {
  std::vector<Slice> kept;
  for (Slice slice : batch.slices()) {
    if (bytes_ == 0) break;
    slice.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(slice.length, bytes_));
    bytes_ -= slice.length;
    kept.push_back(slice);
  }
  batch.keep_slices(kept, batch.record_count());
}

}  // namespace sluice
