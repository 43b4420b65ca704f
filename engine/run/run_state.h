// The state of one pipeline's run that every node shares: whether it goes on, the first error, and
// when it has come to rest.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "engine/base/result.h"
#include "engine/data/batch.h"
#include "engine/data/batch_pool.h"

namespace sluice {

/// Safe from any thread unless said otherwise.
class RunState {
 public:
  RunState();

  /// Data is thrown away from now on: the run failed or was aborted.
  bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
  /// Sources make no more; what is under way still arrives.
  bool draining() const noexcept { return draining_.load(std::memory_order_acquire); }

  /// Keeps the first error and stops; later ones are counted only.
  void fail(Error error);
  /// Asks sources to end; the run then ends as cancelled, its data delivered.
  void drain();
  /// Stops at once; the run ends as cancelled.
  void abort();

  std::optional<Error> error() const;
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }

  /// Batches in flight live here.
  BatchPool& batches() noexcept { return batches_; }

  /// Something beside batches that is not done yet: a source that may still speak, a closed node
  /// that has not let go of what it holds.
  void begin() noexcept { open_.fetch_add(1); }
  void end();
  /// Both counts are sequentially consistent: of two threads that bring the last of each to 0, one
  /// sees both.
  bool at_rest() const noexcept { return open_.load() == 0 && batches_.in_flight() == 0; }

  /// Sleeps until the run is at rest or stopped.
  void wait();

  /// Grows with every batch that ends: the watchdog's sign of life.
  std::uint64_t retired() const noexcept { return retired_.load(std::memory_order_relaxed); }

 private:
  void wake_if_at_rest();
  void wake();

  std::atomic<bool> stopped_{false};
  std::atomic<bool> draining_{false};
  std::atomic<bool> cancelled_{false};
  std::atomic<std::uint64_t> open_{0};
  std::atomic<std::uint64_t> retired_{0};
  BatchPool batches_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Error> error_;
};

}  // namespace sluice
