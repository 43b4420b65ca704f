#include "engine/run/gate.h"

#include <algorithm>
#include <utility>

namespace sluice {

Gate::Gate(std::string name, const BufferPoolSizes& sizes, const Clock& clock)
    : name_(std::move(name)), clock_(clock), pool_(sizes) {}

void Gate::attach(FlowGraph& graph, FlowGraph::GateId id) noexcept {
  graph_ = &graph;
  id_ = id;
  pool_.on_return(&Gate::returned, this);
}

BufferPtr Gate::take() noexcept {
  BufferPtr buffer = pool_.try_take();
  const std::size_t out = pool_.outstanding();
  if (out > peak_.load(std::memory_order_relaxed)) peak_.store(out, std::memory_order_relaxed);
  if (out == pool_.count()) {
    blocked_since_ns_.store(clock_.steady_ns());
    // A token that came home just before could not end a wait that had not begun.
    if (pool_.outstanding() < pool_.count()) blocked_since_ns_.store(0);
  }
  return buffer;
}

void Gate::returned(void* self) {
  Gate& gate = *static_cast<Gate*>(self);
  const std::int64_t since = gate.blocked_since_ns_.exchange(0);
  if (since != 0) {
    gate.blocked_ns_.fetch_add(gate.clock_.steady_ns() - since, std::memory_order_relaxed);
  }
  gate.graph_->give_back(gate.id_);
}

std::int64_t Gate::blocked_ns() const noexcept {
  const std::int64_t since = blocked_since_ns_.load(std::memory_order_relaxed);
  const std::int64_t now = since == 0 ? 0 : std::max<std::int64_t>(clock_.steady_ns() - since, 0);
  return blocked_ns_.load(std::memory_order_relaxed) + now;
}

}  // namespace sluice
