// The oneTBB flow graph, in the few shapes sluice uses; the only door to tbb/flow_graph.h.
//
// Three things in TBB 2021.8 would lose data without an error, so they cannot be said here at all:
//  - A limiter stands only behind an input node or a queue node; functional nodes drop what a
//    limiter rejects.
//  - A token comes back by give_back(), a call with an integral decrement, never by an edge: a
//    message dropped on its way to a decrement edge would take its token along.
//  - Nodes queue what they cannot run yet, so send() always succeeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/run/work.h"

namespace sluice {

/// The compute threads of the process: `threads` workers, no place for the calling thread, which is
/// to sleep (a main thread inside wait_for_all spins). One per run of the program.
class FlowArena {
 public:
  explicit FlowArena(unsigned threads);
  FlowArena(const FlowArena&) = delete;
  FlowArena& operator=(const FlowArena&) = delete;
  ~FlowArena();
  unsigned threads() const noexcept { return threads_; }

 private:
  friend class FlowGraph;
  struct Parts;
  unsigned threads_;
  std::unique_ptr<Parts> parts_;
};

/// One graph. Built by one thread before start(); send, wake, kick, give_back, reserve and release
/// are then safe from any thread.
class FlowGraph {
 public:
  using Body = std::function<void(Work&&)>;
  struct NodeId {
    std::uint32_t value = 0;
  };
  struct EdgeId {
    std::uint32_t value = 0;
  };
  struct GateId {
    std::uint32_t value = 0;
  };

  explicit FlowGraph(FlowArena& arena);
  FlowGraph(const FlowGraph&) = delete;
  FlowGraph& operator=(const FlowGraph&) = delete;
  /// REQUIRES: idle (wait_idle() has returned and nothing was sent since).
  ~FlowGraph();

  /// A node that runs `body` for each message: one at a time, in order of arrival, if `serial`. The
  /// body must not throw.
  NodeId add_node(Body body, bool serial);

  /// An edge into `target`, whose messages will carry `port`.
  EdgeId add_edge(NodeId target, std::uint16_t port);

  /// A limiter in front of `target`, fed by an input node: `target` gets a Work::token message
  /// whenever one of `tokens` is free, for as long as `more()` holds. `more` may run once ahead of
  /// the tokens.
  GateId add_source_gate(NodeId target, std::size_t tokens, std::function<bool()> more);
  /// A limiter fed by a queue node: `target` gets one Work::token message per kick().
  GateId add_step_gate(NodeId target, std::size_t tokens);

  /// Lets the source gates begin.
  void start();

  void send(EdgeId edge, BatchPtr batch);
  void send_end(NodeId node);
  /// `node` gets a Work::token message that no gate has to do with.
  void wake(NodeId node);
  void kick(GateId gate);
  void give_back(GateId gate);

  /// Between the two, wait_idle() knows that an outside thread still has work of this graph.
  void reserve();
  void release();

  /// True while a node runs, of this or any graph of the arena.
  bool is_running() const noexcept;
  /// How often a node of this graph has begun to run. From any thread.
  std::uint64_t bodies_begun() const noexcept;

  /// Returns when no node runs and no message is under way. Messages that wait for a token do not
  /// count: TBB calls such a graph idle. From any thread outside the arena.
  void wait_idle();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sluice
