#include "engine/run/flow_graph.h"

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <utility>

namespace sluice {

namespace flow = oneapi::tbb::flow;

namespace {

/// What travels inside TBB, which copies messages and keeps a copy until a body has returned. A
/// plain word leaves the batch with one owner, so that a token goes home the moment a body lets go.
/// Every message is delivered exactly once (nothing here drops one), so none leaks.
struct Message {
  Batch* batch = nullptr;
  Work::Kind kind = Work::Kind::batch;
  std::uint16_t port = 0;
};

}  // namespace

struct FlowArena::Parts {
  // One more than the workers: with parallelism 1 no worker thread would exist at all, and what an
  // outside thread sends would never run.
  explicit Parts(unsigned threads)
      : parallelism(oneapi::tbb::global_control::max_allowed_parallelism, threads + 1),
        arena(static_cast<int>(threads), 0) {}
  oneapi::tbb::global_control parallelism;
  oneapi::tbb::task_arena arena;
  std::atomic<int> running{0};  ///< Bodies inside.
};

FlowArena::FlowArena(unsigned threads)
    : threads_(threads), parts_(std::make_unique<Parts>(threads)) {}
FlowArena::~FlowArena() = default;

struct FlowGraph::Parts {
  using Node = flow::function_node<Message, flow::continue_msg, flow::queueing>;
  using Limiter = flow::limiter_node<Message, int>;

  /// An edge is a node of its own: the place where its port, and later its policy, belongs.
  struct Edge {
    Edge(flow::graph& graph, std::uint16_t to) : node(graph), port(to) {}
    flow::broadcast_node<Message> node;
    std::uint16_t port;
  };

  struct Gate {
    Gate(flow::graph& graph, std::size_t tokens) : limiter(graph, tokens), queue(graph) {}
    Limiter limiter;
    flow::queue_node<Message> queue;                   ///< In front of the limiter of a step gate.
    std::unique_ptr<flow::input_node<Message>> input;  ///< Of a source gate instead.
  };

  explicit Parts(FlowArena& owner) : arena(owner.parts_->arena), running(owner.parts_->running) {
    // The graph sends its tasks to the arena it is made in.
    arena.execute([this] { graph = std::make_unique<flow::graph>(); });
  }

  oneapi::tbb::task_arena& arena;
  std::atomic<int>& running;
  std::atomic<std::uint64_t> begun{0};  ///< Bodies, from the start.
  std::mutex waiting;
  std::unique_ptr<flow::graph> graph;
  std::deque<Node> nodes;
  std::deque<Edge> edges;
  std::deque<Gate> gates;
};

FlowGraph::FlowGraph(FlowArena& arena) : parts_(std::make_unique<Parts>(arena)) {}

FlowGraph::~FlowGraph() {
  // Nodes know the graph in their destructors, so they go first.
  parts_->gates.clear();
  parts_->edges.clear();
  parts_->nodes.clear();
}

FlowGraph::NodeId FlowGraph::add_node(Body body, bool serial) {
  parts_->nodes.emplace_back(
      *parts_->graph, serial ? flow::serial : flow::unlimited,
      [run = std::move(body), &running = parts_->running, &begun = parts_->begun](Message message) {
        running.fetch_add(1, std::memory_order_relaxed);
        begun.fetch_add(1, std::memory_order_relaxed);
        run(Work{BatchPtr::adopt(message.batch), message.kind, message.port});
        running.fetch_sub(1, std::memory_order_relaxed);
        return flow::continue_msg();
      });
  return {static_cast<std::uint32_t>(parts_->nodes.size() - 1)};
}

FlowGraph::EdgeId FlowGraph::add_edge(NodeId target, std::uint16_t port) {
  Parts::Edge& edge = parts_->edges.emplace_back(*parts_->graph, port);
  flow::make_edge(edge.node, parts_->nodes[target.value]);
  return {static_cast<std::uint32_t>(parts_->edges.size() - 1)};
}

FlowGraph::GateId FlowGraph::add_source_gate(NodeId target, std::size_t tokens,
                                             std::function<bool()> more) {
  Parts::Gate& gate = parts_->gates.emplace_back(*parts_->graph, tokens);
  gate.input = std::make_unique<flow::input_node<Message>>(
      *parts_->graph, [has_more = std::move(more)](oneapi::tbb::flow_control& control) {
        if (!has_more()) control.stop();
        return Message{nullptr, Work::Kind::token, 0};
      });
  flow::make_edge(*gate.input, gate.limiter);
  flow::make_edge(gate.limiter, parts_->nodes[target.value]);
  return {static_cast<std::uint32_t>(parts_->gates.size() - 1)};
}

FlowGraph::GateId FlowGraph::add_step_gate(NodeId target, std::size_t tokens) {
  Parts::Gate& gate = parts_->gates.emplace_back(*parts_->graph, tokens);
  flow::make_edge(gate.queue, gate.limiter);
  flow::make_edge(gate.limiter, parts_->nodes[target.value]);
  return {static_cast<std::uint32_t>(parts_->gates.size() - 1)};
}

void FlowGraph::start() {
  for (Parts::Gate& gate : parts_->gates) {
    if (gate.input) gate.input->activate();
  }
}

void FlowGraph::send(EdgeId edge, BatchPtr batch) {
  Parts::Edge& to = parts_->edges[edge.value];
  to.node.try_put(Message{batch.release(), Work::Kind::batch, to.port});
}

void FlowGraph::send_end(NodeId node) {
  parts_->nodes[node.value].try_put(Message{nullptr, Work::Kind::end, 0});
}

void FlowGraph::wake(NodeId node) {
  parts_->nodes[node.value].try_put(Message{nullptr, Work::Kind::token, 0});
}

void FlowGraph::kick(GateId gate) {
  parts_->gates[gate.value].queue.try_put(Message{nullptr, Work::Kind::token, 0});
}

void FlowGraph::give_back(GateId gate) {
  parts_->gates[gate.value].limiter.decrementer().try_put(1);
}

void FlowGraph::reserve() { parts_->graph->reserve_wait(); }
void FlowGraph::release() { parts_->graph->release_wait(); }
bool FlowGraph::is_running() const noexcept { return parts_->running.load() > 0; }

std::uint64_t FlowGraph::bodies_begun() const noexcept { return parts_->begun.load(); }

void FlowGraph::wait_idle() {
  // Each wait_for_all resets the graph's flags without looking who else waits.
  const std::lock_guard lock(parts_->waiting);
  parts_->graph->wait_for_all();
}

}  // namespace sluice
