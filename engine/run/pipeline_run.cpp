#include "engine/run/pipeline_run.h"

#include <algorithm>
#include <utility>

#include "engine/run/chain_node.h"
#include "engine/run/expander_node.h"
#include "engine/run/fork_node.h"
#include "engine/run/gather_node.h"
#include "engine/run/guard.h"
#include "engine/run/limit_node.h"
#include "engine/run/merge_node.h"
#include "engine/run/observer_node.h"
#include "engine/run/order_node.h"
#include "engine/run/overflow_node.h"
#include "engine/run/sink_node.h"
#include "engine/run/source_node.h"

namespace sluice {

std::string_view name_of(OutcomeKind kind) noexcept {
  switch (kind) {
    case OutcomeKind::done:
      return "done";
    case OutcomeKind::failed:
      return "failed";
    case OutcomeKind::cancelled:
      return "cancelled";
  }
  return "unknown";
}

namespace {

/// What is wanted of each named output of a stage.
std::vector<FieldSet> fields_of_named_outputs(const PlannedStage& stage) {
  std::vector<FieldSet> fields;
  for (const std::optional<Demand>& wanted : stage.place.named) {
    fields.push_back(wanted.value_or(Demand{}).fields);
  }
  return fields;
}

}  // namespace

PipelineRun::PipelineRun(PlannedPipeline& plan, const Environment& environment, FlowArena& arena)
    : plan_(plan), environment_(environment), graph_(std::make_unique<FlowGraph>(arena)) {
  services_.emplace(RunServices{*graph_, state_, environment_.clock});
  for (PlannedStage& stage : plan_.stages) {
    if (environment_.log != nullptr) {
      stage.context->log_to(*environment_.log, plan_.name, stage.id);
    }
  }
  if (plan_.limit) limit_.emplace(*plan_.limit);
  build();
}

PipelineRun::~PipelineRun() {
  for (SourceNode* source : sources_) source->join();
  for (ObserverNode* observer : observers_) observer->join();
  for (SinkNode* sink : sinks_) sink->join();
  for (const auto& node : nodes_) node->clear(LetGo::lost);
  graph_->wait_idle();
  for (const auto& gate : gates_) gate->detach();
  graph_.reset();
}

Part& PipelineRun::part(const NodePlan::PartPlace& place) {
  return plan_.stages[place.stage].parts[place.part];
}

PartSeat PipelineRun::seat(const NodePlan::PartPlace& place) {
  PlannedStage& stage = plan_.stages[place.stage];
  return {stage.id, stage.context.get(), stage.meters[place.part].get()};
}

void PipelineRun::build() {
  for (const GatePlan& gate : plan_.gates) {
    gates_.push_back(std::make_unique<Gate>(gate.name, gate.sizes, environment_.clock));
  }
  for (std::size_t number = 0; number < plan_.nodes.size(); ++number) add_node(number);
  for (std::size_t number = 0; number < plan_.nodes.size(); ++number) {
    const auto& outputs = plan_.nodes[number].outputs;
    for (std::size_t output = 0; output < outputs.size(); ++output) {
      for (const NodePlan::Edge edge : outputs[output]) {
        Node& target = *nodes_[edge.target];
        nodes_[number]->connect(output, target, graph_->add_edge(target.id(), edge.port));
      }
    }
  }
}

void PipelineRun::add_node(std::size_t number) {
  const NodePlan& plan = plan_.nodes[number];
  nodes_.push_back(make_node(plan));
  Node* node = nodes_.back().get();
  const bool serial = plan.kind != NodePlan::Kind::chain;
  node->set_id(graph_->add_node([node](Work&& work) { node->run(std::move(work)); }, serial));
  if (!plan.gate) return;
  Gate& gate = *gates_[*plan.gate];
  if (auto* source = dynamic_cast<SourceNode*>(node)) {
    gate.attach(*graph_, graph_->add_source_gate(node->id(), gate.tokens(),
                                                 [source] { return source->more(); }));
    return;
  }
  const FlowGraph::GateId id = graph_->add_step_gate(node->id(), gate.tokens());
  gate.attach(*graph_, id);
  if (auto* gather = dynamic_cast<GatherNode*>(node)) gather->set_gate(id);
  if (auto* expander = dynamic_cast<ExpanderNode*>(node)) expander->set_gate(id);
}

std::unique_ptr<Node> PipelineRun::make_node(const NodePlan& plan) {
  switch (plan.kind) {
    case NodePlan::Kind::source:
      return make_source(plan);
    case NodePlan::Kind::chain:
      return make_chain(plan);
    case NodePlan::Kind::gather:
      return std::make_unique<GatherNode>(*services_, seat(plan.parts.front()),
                                          *std::get<GatherPart>(part(plan.parts.front())).gather,
                                          *gates_[*plan.gate]);
    case NodePlan::Kind::expander:
      return std::make_unique<ExpanderNode>(
          *services_, seat(plan.parts.front()),
          *std::get<ExpanderPart>(part(plan.parts.front())).expander, *gates_[*plan.gate]);
    case NodePlan::Kind::observer: {
      auto& observer = std::get<ObserverPart>(part(plan.parts.front()));
      auto node =
          std::make_unique<ObserverNode>(*services_, seat(plan.parts.front()), *observer.observer);
      observers_.push_back(node.get());
      return node;
    }
    case NodePlan::Kind::sink: {
      auto& sink = std::get<SinkPart>(part(plan.parts.front()));
      auto node = std::make_unique<SinkNode>(*services_, seat(plan.parts.front()), *sink.sink,
                                             sink.ordered);
      sinks_.push_back(node.get());
      const std::size_t stage = plan.parts.front().stage;
      if (plan_.stages[stage].type->role == Role::duplex) duplex_inputs_[stage] = node.get();
      return node;
    }
    case NodePlan::Kind::fork:
      return std::make_unique<ForkNode>(*services_, plan.name);
    case NodePlan::Kind::order:
      return std::make_unique<OrderNode>(*services_, plan.name);
    case NodePlan::Kind::merge:
      return std::make_unique<MergeNode>(*services_, plan.name, plan.merge, plan.inputs);
    case NodePlan::Kind::overflow: {
      const PlannedStage& stage = plan_.stages[plan.stage];
      return std::make_unique<OverflowNode>(*services_, plan.name, stage.when_full, plan.room,
                                            *stage.dropped);
    }
    case NodePlan::Kind::limit:
      return make_limit(plan);
  }
  return nullptr;
}

std::unique_ptr<Node> PipelineRun::make_source(const NodePlan& plan) {
  const NodePlan::PartPlace& place = plan.parts.front();
  auto& source = std::get<SourcePart>(part(place));
  const auto number = static_cast<std::uint32_t>(sources_.size());
  const auto input = duplex_inputs_.find(place.stage);
  auto node = std::make_unique<SourceNode>(*services_, seat(place), *source.source,
                                           source.has_loader, number, *gates_[*plan.gate],
                                           input == duplex_inputs_.end() ? nullptr : input->second);
  sources_.push_back(node.get());
  return node;
}

std::unique_ptr<Node> PipelineRun::make_chain(const NodePlan& plan) {
  auto chain = std::make_unique<ChainNode>(*services_, plan.name);
  for (const NodePlan::PartPlace& place : plan.parts) {
    // Where anybody reads them, nothing follows in the chain: its other outputs are those of its
    // last part.
    const bool is_last = &place == &plan.parts.back();
    Part& what = part(place);
    if (auto* source = std::get_if<SourcePart>(&what)) {
      chain->add_loader(seat(place), *source->source);
    } else if (auto* transform = std::get_if<TransformPart>(&what)) {
      std::vector<FieldSet> named;
      if (is_last) named = fields_of_named_outputs(plan_.stages[place.stage]);
      chain->add_transform(seat(place), *transform, std::move(named));
    } else if (auto* rewrite = std::get_if<RewritePart>(&what)) {
      chain->add_rewrite(seat(place), *rewrite, place.scratch);
    } else if (auto* sink = std::get_if<ParallelSinkPart>(&what)) {
      chain->add_sink(seat(place), *sink);
    }
  }
  chains_.push_back(chain.get());
  return chain;
}

std::unique_ptr<Node> PipelineRun::make_limit(const NodePlan& plan) {
  auto node = std::make_unique<LimitNode>(*services_, plan.name, *limit_,
                                          *plan_.stages[plan.stage].meters.back(), [this] {
                                            for (LimitNode* limit : limits_) limit->stop();
                                          });
  limits_.push_back(node.get());
  return node;
}

void PipelineRun::fail(Error error) {
  // What was called off because the run is given up has not failed.
  if (error.code == ErrorCode::cancelled && state_.stopped()) return;
  state_.fail(std::move(error));
}

void PipelineRun::open_sources() {
  for (PlannedStage& stage : plan_.stages) {
    for (Part& part : stage.parts) {
      auto* source = std::get_if<SourcePart>(&part);
      if (source == nullptr || state_.stopped()) continue;
      Status status = guarded([&] { return source->source->open(*stage.context); });
      if (status) continue;
      status.error().stage = stage.id;
      fail(std::move(status).error());
    }
  }
}

void PipelineRun::open_sinks() {
  for (ObserverNode* observer : observers_) {
    if (state_.stopped()) break;
    Status status = observer->open();
    if (!status) fail(std::move(status).error());
  }
  for (SinkNode* sink : sinks_) {
    if (state_.stopped()) break;
    Status status = sink->open();
    if (!status) fail(std::move(status).error());
  }
  opened_.store(!state_.stopped());
}

Outcome PipelineRun::run() {
  if (opened_.load()) {
    for (SinkNode* sink : sinks_) sink->start();
    for (ObserverNode* observer : observers_) observer->start();
    for (SourceNode* source : sources_) source->start();
    graph_->start();
    state_.wait();
    if (state_.stopped()) request_stop();
    for (SourceNode* source : sources_) source->interrupt();
    // Idle first: a node that still runs may be handing work to a thread.
    graph_->wait_idle();
    for (SourceNode* source : sources_) source->join();
    for (ObserverNode* observer : observers_) observer->join();
    // A sink's last flush may still fail, and counts.
    for (SinkNode* sink : sinks_) sink->join();
    graph_->wait_idle();
    if (state_.stopped()) give_up();
    if (std::optional<Error> wrong = audit()) fail(std::move(*wrong));
    finish_observers();
  }
  const bool success = !state_.stopped() && !state_.cancelled();
  Status finished = finish_sinks(success);
  if (!finished) fail(std::move(finished).error());

  Outcome outcome;
  outcome.error = state_.error();
  if (outcome.error) {
    outcome.kind = OutcomeKind::failed;
    outcome.error->pipeline = plan_.name;
  } else if (state_.cancelled()) {
    outcome.kind = OutcomeKind::cancelled;
  }
  return outcome;
}

void PipelineRun::give_up() {
  for (const auto& node : nodes_) node->clear(LetGo::lost);
  // Tokens that came home with it may have woken nodes once more.
  graph_->wait_idle();
  for (const auto& node : nodes_) node->clear(LetGo::lost);
}

std::optional<Error> PipelineRun::audit() const {
  Error error;
  error.code = ErrorCode::stalled;
  for (const auto& gate : gates_) {
    if (gate->outstanding() == 0) continue;
    error.message = "the run ended with tokens outstanding: " + gate_states();
    return error;
  }
  if (state_.stopped()) return std::nullopt;
  for (const SourceNode* source : sources_) {
    if (source->ended() && source->commits().settled() == source->produced()) continue;
    error.message = "source '" + source->name() + "' was not read to its end";
    return error;
  }
  for (const auto& node : nodes_) {
    const Node::Sent sent = sent_to(*node);
    if (sent.batches == node->batches_received() && sent.records == node->records_received() &&
        node->held() == 0) {
      continue;
    }
    error.message = "the books of '" + node->name() +
                    "' do not balance: " + std::to_string(sent.records) + " records sent to it, " +
                    std::to_string(node->records_received()) + " received, " +
                    std::to_string(node->held()) + " batches held";
    return error;
  }
  return std::nullopt;
}

void PipelineRun::finish_observers() {
  for (ObserverNode* observer : observers_) {
    if (state_.stopped()) return;
    Status status = observer->finish();
    if (!status) fail(std::move(status).error());
  }
}

Status PipelineRun::finish_sinks(bool success) {
  Status result = Done{};
  for (ChainNode* chain : chains_) {
    Status status = chain->finish_sinks(success && result);
    if (!status && result) result = std::move(status);
  }
  for (SinkNode* sink : sinks_) {
    if (success && result) {
      Status status = sink->finish();
      if (!status) result = std::move(status);
    } else {
      sink->abandon();
    }
  }
  return result;
}

void PipelineRun::drain() {
  if (!opened_.load()) {
    abort();
    return;
  }
  state_.drain();
  for (SourceNode* source : sources_) {
    // A duplex answers to the end of what it is still given.
    if (source->input() == nullptr) {
      source->interrupt();
    } else {
      source->resume();
    }
  }
}

void PipelineRun::abort() {
  state_.abort();
  for (SourceNode* source : sources_) source->interrupt();
  request_stop();
}

PipelineRun::Pausing PipelineRun::pause(std::string_view stage) {
  return set_paused(stage, &SourceNode::pause);
}

PipelineRun::Pausing PipelineRun::resume(std::string_view stage) {
  return set_paused(stage, &SourceNode::resume);
}

PipelineRun::Pausing PipelineRun::set_paused(std::string_view stage,
                                             bool (SourceNode::*set)() noexcept) {
  for (SourceNode* source : sources_) {
    if (source->name() == stage) return (source->*set)() ? Pausing::done : Pausing::was_so;
  }
  return Pausing::no_such_source;
}

void PipelineRun::request_stop() noexcept {
  for (const PlannedStage& stage : plan_.stages) stage.context->request_stop();
  for (ObserverNode* observer : observers_) observer->interrupt();
  for (SinkNode* sink : sinks_) sink->interrupt();
}

}  // namespace sluice
