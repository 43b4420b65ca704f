// The nodes a pipeline runs on: what happens to a message, without the graph it travels on.
//
// A node takes batches from above, does its part, and emits batches below. It never waits: where it
// needs an output buffer it asks its gate for a step and goes on when the step comes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/run/flow_graph.h"
#include "engine/run/meter.h"
#include "engine/run/reorder.h"
#include "engine/run/run_state.h"
#include "engine/run/work.h"
#include "engine/stage/stage_context.h"

namespace sluice {

/// What all nodes of one pipeline share. Outlives them.
struct RunServices {
  FlowGraph& graph;
  RunState& state;
  const Clock& clock;
};

/// A part of a stage as a node sees it: whose it is, and where to count.
struct PartSeat {
  std::string stage;
  StageContext* context = nullptr;
  PartMeter* meter = nullptr;
};

/// Why batches are let go of without being delivered.
enum class LetGo : std::uint8_t {
  lost,      ///< The run is given up: a commit must not pass them.
  unwanted,  ///< Nobody reads them any more (a closed pipe): as good as filtered out.
};

class Node {
 public:
  explicit Node(const RunServices& services, std::string name);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  const std::string& name() const noexcept { return name_; }

  /// Called by the graph. Catches what escapes from a stage and stops the run with it.
  void run(Work&& work) noexcept;

  /// Before the run: the node's number in the graph, and who reads its output number `output`.
  void set_id(FlowGraph::NodeId id) noexcept { id_ = id; }
  FlowGraph::NodeId id() const noexcept { return id_; }
  void connect(std::size_t output, Node& target, FlowGraph::EdgeId edge);

  /// Everything this node was to send went to nobody: it and what is above it may stop.
  bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

  /// Lets go of every batch it holds. REQUIRES: nothing else runs in the node.
  virtual void clear(LetGo /*why*/) {}
  /// How many batches it holds back, waiting for others.
  virtual std::size_t held() const { return 0; }

  /// What it was given and is not done with, as far as it tells. From any thread.
  struct Backlog {
    std::uint64_t batches = 0;
    std::uint64_t records = 0;
  };
  virtual Backlog backlog() const { return {}; }

  /// What the edges into and out of this node carried, for the books.
  std::uint64_t batches_received() const noexcept { return received_.load(); }
  std::uint64_t records_received() const noexcept { return records_received_.load(); }
  struct Sent {
    std::uint64_t batches = 0;
    std::uint64_t records = 0;
  };
  Sent sent_to(const Node& target) const;

 protected:
  virtual void on_batch(BatchPtr batch, std::uint16_t port) = 0;
  virtual void on_token() {}
  /// Nobody reads this node any more.
  virtual void on_closed() {}
  /// Those who read this node want no more of it, but go on: what is under way reaches them, the
  /// mark of the end as well.
  virtual void on_released() {}
  /// It was closed or released.
  bool released() const noexcept { return released_.load(std::memory_order_acquire); }

  /// Sends a batch to everybody who reads `output`, each a batch of its own over the same bytes.
  void emit(BatchPtr batch, std::size_t output = 0);
  bool connected(std::size_t output) const noexcept {
    return output < outputs_.size() && !outputs_[output].empty();
  }

  /// That of a node with one part, which counts there what it has dealt with.
  Backlog backlog_of(const PartMeter& meter, bool is_busy) const noexcept;

  /// Counts a batch that is let go because this node is closed, so that the books balance. A node
  /// without a meter leaves that to those who read it. From any thread.
  virtual void count_unwanted(const Batch& batch) noexcept;
  /// Lets go of what waits for its turn and was not counted yet.
  void clear_waiting(Reorder& reorder, LetGo why);

  /// Ends the run with `error`, completed with the stage's name.
  void fail(const PartSeat& seat, Error error);
  /// For a node that wants no more: closes it, and whatever above it has no other reader.
  void close();
  /// The same for a node whose readers go on: those above may stop, but what they still send
  /// arrives, so that a merge below is not left waiting for a unit.
  void release_above();

  const RunServices services_;

 private:
  struct Edge {
    Edge(Node& to, FlowGraph::EdgeId number) : target(&to), id(number) {}
    Node* target;
    FlowGraph::EdgeId id;
    std::atomic<std::uint64_t> batches{0};
    std::atomic<std::uint64_t> records{0};
  };

  void tell_above(void (Node::*what)());
  void reader_closed();
  void reader_released();
  void release();

  std::string name_;
  FlowGraph::NodeId id_;
  std::vector<std::vector<std::unique_ptr<Edge>>> outputs_;
  std::vector<Node*> above_;
  std::atomic<std::size_t> open_readers_{0};
  std::atomic<bool> closed_{false};
  std::atomic<bool> released_{false};  ///< Those above know that this node wants no more.
  std::atomic<bool> has_released_reader_{false};
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> records_received_{0};
};

}  // namespace sluice
