// All that a sort has taken in: sorted chunks in memory, and what does not fit as sorted runs in
// files.
//
// Memory. Of the budget a quarter is for chunks that are being filled, a quarter for reading and
// writing files, the rest for chunks that wait. A chunk that finds no place among those becomes a
// run in a file. When there are `most_runs` of one generation, they become one run of the next, so
// neither open files nor buffers grow with the input.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/stage/stage_context.h"
#include "stages/support/sort_chunk.h"
#include "stages/support/sort_key.h"
#include "stages/support/sort_merge.h"

namespace sluice {

struct SortBudget {
  std::uint64_t memory = 0;  ///< Bytes, at least 1 MiB.
  std::string folder;        ///< For files.
};

/// Thread-safe.
class SortStore {
 public:
  SortStore(SortKeyOrder order, SortBudget budget, StageContext& context)
      : order_(order), budget_(std::move(budget)), context_(context) {}

  /// A chunk to fill, for one thread. It stays here; how large it is depends on how many are out.
  SortChunk& open_chunk();
  /// Sorts the chunk and finds a place for what is in it: the chunk is gone.
  Status close_chunk(SortChunk& chunk);

  /// Everything, in order. REQUIRES: nobody fills a chunk any more; outlives what it answers.
  Result<std::unique_ptr<SortMerge>> merged();

 private:
  static constexpr std::size_t generations = 8;

  std::uint64_t chunk_bytes() const noexcept;
  std::size_t most_runs() const noexcept;
  std::size_t run_buffer(std::size_t runs) const noexcept;
  Status spill(const SortChunk& chunk);
  Status keep_run(SortedFile run, std::size_t generation);
  Result<SortedFile> merge_files(std::vector<SortedFile> files);
  Result<SortedFile> write(SortMerge& merge);
  Status merge_until_few();

  SortKeyOrder order_;
  SortBudget budget_;
  StageContext& context_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SortChunk>> open_;     ///< Being filled.
  std::vector<std::unique_ptr<SortChunk>> free_;     ///< For the next ones.
  std::vector<std::unique_ptr<SortChunk>> waiting_;  ///< Sorted.
  std::uint64_t waiting_bytes_ = 0;
  std::array<std::vector<SortedFile>, generations> runs_;
};

}  // namespace sluice
