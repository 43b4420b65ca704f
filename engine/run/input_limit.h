// How much input a pipeline still reads: one count for all its sources.
#pragma once

#include <cstdint>
#include <mutex>

#include "engine/data/batch.h"
#include "engine/run/graph_spec.h"

namespace sluice {

/// Thread-safe.
class InputLimit {
 public:
  explicit InputLimit(const LimitSpec& limit) noexcept;

  /// Leaves of `batch` what is within the limit: whole records, the last one being that with which
  /// it is reached; of a stream, the bytes exactly. True when the limit is reached.
  bool apply(Batch& batch);

 private:
  void cut_records(Batch& batch);
  void cut_stream(Batch& batch);

  std::mutex mutex_;
  std::uint64_t records_;  ///< Still to be read.
  std::uint64_t bytes_;
};

}  // namespace sluice
