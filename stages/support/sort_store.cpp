#include "stages/support/sort_store.h"

#include <algorithm>
#include <utility>

#include "stages/support/spill_file.h"

namespace sluice {
namespace {

constexpr std::uint64_t largest_chunk = std::uint64_t{16} << 20U;
constexpr std::uint64_t usual_threads = 4;
constexpr std::uint64_t smallest_buffer = std::uint64_t{64} << 10U;
constexpr std::uint64_t largest_buffer = std::uint64_t{1} << 20U;
constexpr std::uint64_t most_open_files = 128;
/// Records between two looks at whether the run is being given up.
constexpr std::size_t patience = 65'536;

Error cancelled() {
  Error error;
  error.code = ErrorCode::cancelled;
  error.message = "the run was stopped while it sorted";
  return error;
}

}  // namespace

std::uint64_t SortStore::chunk_bytes() const noexcept {
  const std::uint64_t fillers = std::max<std::uint64_t>(usual_threads, open_.size() + 1);
  return std::min(largest_chunk, budget_.memory / 4 / fillers);
}

std::size_t SortStore::most_runs() const noexcept {
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(budget_.memory / 4 / smallest_buffer, 2, most_open_files));
}

std::size_t SortStore::run_buffer(std::size_t runs) const noexcept {
  const std::uint64_t share = budget_.memory / 4 / std::max<std::size_t>(1, runs);
  return static_cast<std::size_t>(std::clamp(share, smallest_buffer, largest_buffer));
}

SortChunk& SortStore::open_chunk() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    open_.push_back(std::make_unique<SortChunk>(static_cast<std::size_t>(chunk_bytes())));
  } else {
    open_.push_back(std::move(free_.back()));
    free_.pop_back();
  }
  return *open_.back();
}

Status SortStore::close_chunk(SortChunk& chunk) {
  chunk.sort(order_);
  std::unique_ptr<SortChunk> own;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(open_.begin(), open_.end(),
                                    [&](const auto& open) { return open.get() == &chunk; });
    own = std::move(*found);
    open_.erase(found);
    if (waiting_bytes_ + own->memory() <= budget_.memory / 2) {
      own->drop_scratch();
      waiting_bytes_ += own->memory();
      waiting_.push_back(std::move(own));
      return Done{};
    }
  }
  Status status = spill(*own);
  if (!status) return status;
  own->clear();
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(own));
  return Done{};
}

Status SortStore::spill(const SortChunk& chunk) {
  std::vector<std::unique_ptr<SortedRun>> runs;
  runs.push_back(std::make_unique<SortedRun>(chunk));
  SortMerge merge(order_, std::move(runs));
  Result<SortedFile> run = write(merge);
  if (!run) return std::move(run).error();
  return keep_run(std::move(run).value(), 0);
}

Status SortStore::keep_run(SortedFile run, std::size_t generation) {
  std::vector<SortedFile> full;
  {
    const std::lock_guard lock(mutex_);
    auto& runs = runs_[std::min(generation, generations - 1)];
    runs.push_back(std::move(run));
    if (runs.size() < most_runs()) return Done{};
    full.swap(runs);
  }
  Result<SortedFile> merged = merge_files(std::move(full));
  if (!merged) return std::move(merged).error();
  return keep_run(std::move(merged).value(), generation + 1);
}

Result<SortedFile> SortStore::merge_files(std::vector<SortedFile> files) {
  std::vector<std::unique_ptr<SortedRun>> runs;
  runs.reserve(files.size());
  const std::size_t buffer = run_buffer(files.size());
  for (SortedFile& file : files) {
    runs.push_back(std::make_unique<SortedRun>(std::move(file), buffer));
  }
  SortMerge merge(order_, std::move(runs));
  return write(merge);
}

Result<SortedFile> SortStore::write(SortMerge& merge) {
  Result<File> file = open_spill_file(context_.io(), budget_.folder);
  if (!file) return std::move(file).error();
  SortedFile run{std::move(file).value(), 0};
  SpillWriter writer(run.file, budget_.folder);
  Status status = merge.start();
  for (std::size_t count = 1; status && !merge.at_end(); ++count) {
    if (count % patience == 0 && context_.stop_requested()) return cancelled();
    const PackedRecord record(merge.record());
    status = writer.write({merge.record(), record.size()});
    if (status) status = merge.next();
  }
  if (!status) return std::move(status).error();
  const Result<std::uint64_t> bytes = writer.finish();
  if (!bytes) return bytes.error();
  run.bytes = bytes.value();
  return run;
}

/// Merges the smallest runs until the rest can be read at once.
Status SortStore::merge_until_few() {
  std::vector<SortedFile> all;
  for (auto& runs : runs_) {
    for (SortedFile& run : runs) all.push_back(std::move(run));
    runs.clear();
  }
  const std::size_t most = most_runs();
  while (all.size() > most) {
    std::sort(all.begin(), all.end(),
              [](const SortedFile& a, const SortedFile& b) { return a.bytes > b.bytes; });
    const std::size_t count = std::min(most, all.size() - most + 1);
    std::vector<SortedFile> smallest;
    for (std::size_t i = 0; i < count; ++i) {
      smallest.push_back(std::move(all.back()));
      all.pop_back();
    }
    Result<SortedFile> merged = merge_files(std::move(smallest));
    if (!merged) return std::move(merged).error();
    all.push_back(std::move(merged).value());
  }
  runs_.front() = std::move(all);
  return Done{};
}

Result<std::unique_ptr<SortMerge>> SortStore::merged() {
  const std::lock_guard lock(mutex_);
  Status status = merge_until_few();
  if (!status) return std::move(status).error();
  free_.clear();
  std::vector<std::unique_ptr<SortedRun>> runs;
  for (auto& chunk : open_) {
    chunk->sort(order_);
    chunk->drop_scratch();
    waiting_.push_back(std::move(chunk));
  }
  open_.clear();
  for (const auto& chunk : waiting_) runs.push_back(std::make_unique<SortedRun>(*chunk));
  const std::size_t buffer = run_buffer(runs_.front().size());
  for (SortedFile& run : runs_.front()) {
    runs.push_back(std::make_unique<SortedRun>(std::move(run), buffer));
  }
  runs_.front().clear();
  auto merge = std::make_unique<SortMerge>(order_, std::move(runs));
  status = merge->start();
  if (!status) return std::move(status).error();
  return merge;
}

}  // namespace sluice
