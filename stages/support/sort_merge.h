// Sorted runs of packed records, in memory or in files, read as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/packed_record.h"
#include "stages/support/sort_chunk.h"
#include "stages/support/sort_key.h"

namespace sluice {

/// A sorted run in a file: `bytes` of packed records from its start. The file goes with it.
struct SortedFile {
  File file;
  std::uint64_t bytes = 0;
};

/// Reads one run, record by record. One thread at a time.
class SortedRun {
 public:
  /// Of a sorted chunk, which outlives it and does not change.
  explicit SortedRun(const SortChunk& chunk) : chunk_(&chunk) {}
  /// Of a file, through a buffer that grows if a record is larger.
  SortedRun(SortedFile file, std::size_t buffer_bytes);

  /// Goes to the first record, or on to the next one; then at_end() may be true.
  Status next();
  bool at_end() const noexcept { return record_ == nullptr; }
  /// The packed record; good until the next call. REQUIRES: !at_end().
  const char* record() const noexcept { return record_; }
  std::uint64_t prefix() const noexcept { return prefix_; }

 private:
  void next_of_chunk() noexcept;
  Status next_of_file();
  /// Has at least `bytes` in the buffer from at_ on, or an error that the file is too short.
  Status fill(std::size_t bytes);

  const SortChunk* chunk_ = nullptr;
  std::size_t next_entry_ = 0;

  SortedFile file_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;      ///< Of the current record, in the buffer.
  std::size_t size_ = 0;    ///< Of the current record.
  std::size_t filled_ = 0;  ///< Bytes in the buffer.
  std::uint64_t read_ = 0;  ///< Bytes read from the file.

  const char* record_ = nullptr;
  std::uint64_t prefix_ = 0;
};

/// The records of many runs in the order of their keys, equal keys in the order of the input. One
/// thread at a time.
class SortMerge {
 public:
  SortMerge(const SortKeyOrder& order, std::vector<std::unique_ptr<SortedRun>> runs)
      : order_(order), runs_(std::move(runs)) {}

  /// Finds the first record. Once.
  Status start();
  bool at_end() const noexcept { return heap_.empty(); }
  /// The packed record; good until the next call. REQUIRES: !at_end().
  const char* record() const noexcept { return runs_[heap_.front().run]->record(); }
  Status next();

 private:
  struct Head {
    std::uint64_t prefix = 0;
    std::size_t run = 0;
  };
  bool is_before(const Head& a, const Head& b) const;
  void sink_top();

  SortKeyOrder order_;
  std::vector<std::unique_ptr<SortedRun>> runs_;
  std::vector<Head> heap_;  ///< Of runs that are not at their end; the first comes first.
};

}  // namespace sluice
