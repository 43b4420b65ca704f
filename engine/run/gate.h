// A gate: the only thing in a graph that waits. It is a limiter in front of a source, gather or
// expander together with the pool whose buffers are its tokens: the limiter lets a node through
// only when a buffer is free, so taking the buffer cannot fail.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "engine/base/clock.h"
#include "engine/data/buffer_pool.h"
#include "engine/run/flow_graph.h"

namespace sluice {

/// Thread-safe once attached.
class Gate {
 public:
  Gate(std::string name, const BufferPoolSizes& sizes, const Clock& clock);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Says which limiter counts this pool's tokens. Before the run.
  void attach(FlowGraph& graph, FlowGraph::GateId id) noexcept;
  /// Returned buffers no longer reach the limiter. After the run, before the graph is destroyed.
  void detach() noexcept { pool_.on_return(nullptr, nullptr); }

  /// REQUIRES: the limiter let the caller through.
  BufferPtr take() noexcept;
  /// Gives back a token whose buffer was not taken.
  void give_back() noexcept { graph_->give_back(id_); }

  const std::string& name() const noexcept { return name_; }
  const BufferPool& pool() const noexcept { return pool_; }
  std::size_t tokens() const noexcept { return pool_.count(); }
  std::size_t outstanding() const noexcept { return pool_.outstanding(); }
  /// The most tokens that were ever out at once.
  std::size_t peak() const noexcept { return peak_.load(std::memory_order_relaxed); }
  /// Time during which every token was out: the node waits for what follows it.
  std::int64_t blocked_ns() const noexcept;

 private:
  static void returned(void* self);

  std::string name_;
  const Clock& clock_;
  BufferPool pool_;
  FlowGraph* graph_ = nullptr;
  FlowGraph::GateId id_;
  std::atomic<std::size_t> peak_{0};
  std::atomic<std::int64_t> blocked_ns_{0};
  std::atomic<std::int64_t> blocked_since_ns_{0};  ///< 0: a token is free.
};

}  // namespace sluice
