#include "stages/support/range_input.h"

#include <algorithm>
#include <utility>

#include "stages/support/range_reading.h"

namespace sluice {
namespace {

/// A plain file of known size, or the records that begin in [next, end) of it.
class RangeInput final : public Input {
 public:
  RangeInput(std::shared_ptr<const LoadedWork> work, std::uint64_t next, std::uint64_t end,
             const FramingOptions& options, std::atomic<std::uint64_t>& read_bytes)
      : work_(std::move(work)),
        file_(*work_->file),
        options_(options),
        read_bytes_(read_bytes),
        next_(next),
        end_(end) {}

  Result<Next> read(Batch& batch) override {
    if (next_ >= end_) return Next::finished;
    const std::uint64_t left = end_ - next_;
    const std::uint64_t buffer_size = batch.buffer()->size();
    const bool whole_file_fits = options_.framing != Framing::fixed && next_ == file_.begin &&
                                 end_ == file_.end && left <= buffer_size;
    const std::uint64_t size =
        whole_file_fits ? left : std::min(left, range_size(buffer_size, options_));
    set_work(batch, work_, next_, next_, size);
    next_ += size;
    read_bytes_.fetch_add(size, std::memory_order_relaxed);
    return Next::again;
  }

 private:
  std::shared_ptr<const LoadedWork> work_;
  const LoadedFile& file_;
  FramingOptions options_;
  std::atomic<std::uint64_t>& read_bytes_;
  std::uint64_t next_;
  std::uint64_t end_;
};

}  // namespace

std::unique_ptr<Input> range_input(std::shared_ptr<LoadedFile> file,
                                   const std::optional<ByteRange>& range,
                                   const FramingOptions& options,
                                   std::atomic<std::uint64_t>& read_bytes) {
  const std::uint64_t begin = file->begin;
  const std::uint64_t size = file->end - std::min(begin, file->end);
  const std::uint64_t start = range ? std::min(range->start, size) : 0;
  const std::uint64_t end = range ? std::min(range->end.value_or(size), size) : size;
  // How many lines are in front of it nobody has counted.
  if (start > 0) file->lines = std::make_shared<InputLedger>(0);
  auto work = std::make_shared<LoadedWork>(LoadedWork{std::move(file), {}, {}});
  return std::make_unique<RangeInput>(std::move(work), begin + start, begin + end, options,
                                      read_bytes);
}

}  // namespace sluice
