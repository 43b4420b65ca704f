// Where a node does what it does with batches: at once, or, for a stage that may wait for somebody
// else, on a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "engine/data/batch.h"
#include "engine/run/flow_graph.h"
#include "engine/run/serial_thread.h"

namespace sluice {

/// Its thread is gone when it is, so it is the last member of a node.
class BatchThread {
 public:
  using Work = std::function<void(BatchPtr)>;

  /// `work` must not throw.
  BatchThread(FlowGraph& graph, Work work) : graph_(graph), work_(std::move(work)) {}

  /// Begins the thread; `idle` runs on it whenever it has nothing to do, and counts as work.
  void start(std::function<void()> idle = nullptr);
  bool is_started() const noexcept { return thread_ != nullptr; }
  /// Ends the thread, when all is done. REQUIRES: the graph is idle.
  void join() { thread_.reset(); }

  /// Has the work done with `batch`: before it returns if there is no thread, else in the order of
  /// the calls, and the graph does not end before that.
  void hand(BatchPtr batch);

  /// True while the thread has something to do. From any thread.
  bool is_busy() const noexcept { return pending_.load() > 0; }

 private:
  FlowGraph& graph_;
  Work work_;
  std::atomic<int> pending_{0};
  std::unique_ptr<SerialThread> thread_;
};

}  // namespace sluice
