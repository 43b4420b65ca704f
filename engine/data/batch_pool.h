// Where batches come from.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engine/data/batch.h"

namespace sluice {

/// Where batches come from and go back to, tables and all. Knows how many are in flight: a graph
/// has come to rest exactly when none is. Thread-safe. Outlives its batches.
class BatchPool {
 public:
  BatchPool() = default;
  BatchPool(const BatchPool&) = delete;
  BatchPool& operator=(const BatchPool&) = delete;
  ~BatchPool();

  BatchPtr make();
  /// A second batch over the same bytes, with the same wants, key, origin and receipts.
  BatchPtr clone(const Batch& batch);
  /// The same with these of its columns only.
  BatchPtr clone(const Batch& batch, std::span<const std::string> columns);

  /// Batches that have not ended.
  std::size_t in_flight() const noexcept { return in_flight_.load(); }
  /// `hook` runs, on whatever thread, after the end of each batch; set before the first make().
  void on_return(std::function<void()> hook) { hook_ = std::move(hook); }

 private:
  friend class Batch;
  void give_back(Batch& batch) noexcept;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Batch>> all_;
  std::vector<Batch*> free_;
  std::atomic<std::size_t> in_flight_{0};
  std::function<void()> hook_;
};

}  // namespace sluice
