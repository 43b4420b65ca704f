// One pipeline running: its nodes on a flow graph, from opening its sources to the proof that
// nothing was lost.
//
//   open sources -> open sinks -> start -> at rest -> join threads -> check gates, sources and
//   books
//   -> finish observers -> finish sinks (success) or abandon them
//
// The end of a source's data is a batch of its own in sequence, so it overtakes nothing; stages
// that have last words (gather, expander) speak when it reaches them.
//
// A stall in TBB is not a hang: wait_for_all returns and data is silently missing. So a run counts
// as done only if every source said that it finished, every token is home, and every edge carried
// what was put on it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/run/flow_graph.h"
#include "engine/run/gate.h"
#include "engine/run/input_limit.h"
#include "engine/run/node.h"
#include "engine/run/plan.h"
#include "engine/run/run_state.h"

namespace sluice {

class ChainNode;
class LimitNode;
class ObserverNode;
class SinkNode;
class SourceNode;

enum class OutcomeKind : std::uint8_t { done, failed, cancelled };
std::string_view name_of(OutcomeKind kind) noexcept;

struct Outcome {
  OutcomeKind kind = OutcomeKind::done;
  std::optional<Error> error;  ///< Of a failed run: the first cause.
};

class PipelineRun {
 public:
  /// `plan` and `environment` outlive the run. Its parts are used up.
  PipelineRun(PlannedPipeline& plan, const Environment& environment, FlowArena& arena);
  PipelineRun(const PipelineRun&) = delete;
  PipelineRun& operator=(const PipelineRun&) = delete;
  ~PipelineRun();

  /// In this order, once each, one after the other. After a failure go on to run(), which then only
  /// cleans up. The sinks and the observers are opened together.
  void open_sources();
  void open_sinks();
  /// Runs to the end.
  Outcome run();

  /// Asks the sources to end; what is under way is still delivered. A run that is still being
  /// opened has nothing under way and is given up. From any thread.
  void drain();
  /// Gives up at once. From any thread.
  void abort();

  enum class Pausing : std::uint8_t { done, was_so, no_such_source };
  /// The source, or the duplex, of that id reads no more until it is resumed; what is under way is
  /// delivered. A run that is asked to end does not stay paused. From any thread.
  Pausing pause(std::string_view stage);
  Pausing resume(std::string_view stage);

  const PlannedPipeline& plan() const noexcept { return plan_; }
  const std::vector<std::unique_ptr<Gate>>& gates() const noexcept { return gates_; }
  const RunState& state() const noexcept { return state_; }
  const std::vector<SourceNode*>& sources() const noexcept { return sources_; }

  /// Called now and then while it runs, by one thread: nothing retired and no node run for a
  /// second, nobody outside waited for, and the graph idle means that it stalled. Fails the run
  /// then, with the state of the gates. Returns whom it waits for, in words; empty when it gets on.
  std::string watch();
  /// What was read and has not come to its end, in words: who has how much of it. From any thread.
  std::string under_way() const;

 private:
  void build();
  void add_node(std::size_t number);
  std::unique_ptr<Node> make_node(const NodePlan& plan);
  std::unique_ptr<Node> make_source(const NodePlan& plan);
  std::unique_ptr<Node> make_chain(const NodePlan& plan);
  std::unique_ptr<Node> make_limit(const NodePlan& plan);
  Pausing set_paused(std::string_view stage, bool (SourceNode::*set)() noexcept);
  Node::Sent sent_to(const Node& node) const;
  PartSeat seat(const NodePlan::PartPlace& place);
  Part& part(const NodePlan::PartPlace& place);
  /// Tells stages that are inside a long call, a sink that waits for its reader say, to return.
  void request_stop() noexcept;
  void give_up();
  /// The first thing that is wrong about a run that came to rest, if any.
  std::optional<Error> audit() const;
  std::string gate_states() const;
  /// For watch(): no node has begun to run for long enough.
  bool is_quiet();
  /// Whom outside it waits for, in words; empty: nobody.
  std::string awaited() const;
  /// Of a run that is not given up, also of one that was asked to stop.
  void finish_observers();
  Status finish_sinks(bool success);
  void fail(Error error);

  PlannedPipeline& plan_;
  const Environment& environment_;
  std::optional<InputLimit> limit_;
  // Gates and nodes outlive the batches of state_: their tokens and receipts come home to them,
  // even those of a batch that a defect left behind.
  std::vector<std::unique_ptr<Gate>> gates_;
  std::vector<std::unique_ptr<Node>> nodes_;
  RunState state_;
  std::unique_ptr<FlowGraph> graph_;
  std::optional<RunServices> services_;
  std::vector<SourceNode*> sources_;
  std::vector<ObserverNode*> observers_;
  std::vector<SinkNode*> sinks_;
  std::map<std::size_t, SinkNode*> duplex_inputs_;  ///< By the number of the stage.
  std::vector<ChainNode*> chains_;
  std::vector<LimitNode*> limits_;
  std::atomic<bool> opened_{false};  ///< All of its stages.
  std::uint64_t retired_at_last_look_ = 0;
  std::uint64_t begun_at_last_look_ = 0;
  std::chrono::steady_clock::time_point quiet_since_;  ///< No node has begun to run since.
};

}  // namespace sluice
