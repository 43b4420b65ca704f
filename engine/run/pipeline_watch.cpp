// What can be seen of a run from outside: who has what, whom it waits for, whether it goes on at
// all.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "engine/run/gate.h"
#include "engine/run/observer_node.h"
#include "engine/run/pipeline_run.h"
#include "engine/run/sink_node.h"
#include "engine/run/source_node.h"

namespace sluice {
namespace {

/// A message that is due makes a node run sooner, however busy the machine is.
constexpr std::chrono::seconds stalled_after{1};

}  // namespace

Node::Sent PipelineRun::sent_to(const Node& node) const {
  Node::Sent sent;
  for (const auto& above : nodes_) {
    const Node::Sent part = above->sent_to(node);
    sent.batches += part.batches;
    sent.records += part.records;
  }
  return sent;
}

std::string PipelineRun::under_way() const {
  std::string text;
  const auto add = [&](const std::string& words) { text += (text.empty() ? "" : ", ") + words; };
  for (const auto& node : nodes_) {
    Node::Backlog backlog = node->backlog();
    const std::uint64_t received = node->batches_received();
    backlog.batches += sent_to(*node).batches - received;
    // The mark of the end is a batch as well, so records say more.
    const bool has_records = backlog.records > 0;
    const std::uint64_t count = has_records ? backlog.records : backlog.batches;
    if (count == 0) continue;
    const char* one = has_records ? " record" : " batch";
    const char* several = has_records ? " records" : " batches";
    add(std::to_string(count) + (count == 1 ? one : several) + " in '" + node->name() + "'");
  }
  for (const SourceNode* source : sources_) {
    if (!source->ended()) add("source '" + source->name() + "' still reads");
  }
  return text.empty() ? "nothing" : text;
}

std::string PipelineRun::gate_states() const {
  std::string text;
  for (const auto& gate : gates_) {
    text += (text.empty() ? "" : ", ") + gate->name() + " " + std::to_string(gate->outstanding()) +
            " of " + std::to_string(gate->tokens());
  }
  for (const auto& node : nodes_) {
    if (node->held() > 0) text += ", " + node->name() + " holds " + std::to_string(node->held());
  }
  return text;
}

std::string PipelineRun::awaited() const {
  for (const SourceNode* source : sources_) {
    if (source->paused()) return "source '" + source->name() + "' is paused";
  }
  for (const SourceNode* source : sources_) {
    if (source->input() == nullptr && source->waiting_for_input()) {
      return "source '" + source->name() + "' waits for input";
    }
  }
  for (const ObserverNode* observer : observers_) {
    if (observer->holds_back()) return "stage '" + observer->name() + "' holds data back";
  }
  const SinkNode* held_up = nullptr;
  for (const SinkNode* sink : sinks_) {
    if (!sink->waiting_for_peer()) continue;
    held_up = sink;
    const bool is_duplex = std::any_of(duplex_inputs_.begin(), duplex_inputs_.end(),
                                       [&](const auto& duplex) { return duplex.second == sink; });
    if (!is_duplex) return "sink '" + sink->name() + "' waits for its reader";
  }
  if (held_up != nullptr) return "duplex '" + held_up->name() + "' waits for its peer to read";
  for (const SourceNode* source : sources_) {
    if (source->waiting_for_input()) {
      return "duplex '" + source->name() + "' waits for its peer to answer";
    }
  }
  return {};
}

bool PipelineRun::is_quiet() {
  const auto now = std::chrono::steady_clock::now();
  const std::uint64_t begun = graph_->bodies_begun();
  if (begun != std::exchange(begun_at_last_look_, begun)) quiet_since_ = now;
  return now - quiet_since_ >= stalled_after;
}

std::string PipelineRun::watch() {
  const std::uint64_t retired = state_.retired();
  const bool moved = retired != std::exchange(retired_at_last_look_, retired);
  if (moved || !opened_.load() || state_.stopped()) return {};
  if (std::string words = awaited(); !words.empty()) return words;
  // A body may take long, and while it does so others of its arena may have to wait.
  if (state_.at_rest() || graph_->is_running() || !is_quiet()) return {};
  // Idle with batches in flight: messages wait for tokens that nobody will bring. The call waits
  // for what is about to start; were that a read of a source, it would wait for its input.
  graph_->wait_idle();
  if (state_.stopped() || state_.at_rest() || state_.retired() != retired) return {};
  Error error;
  error.code = ErrorCode::stalled;
  error.message = "the graph is idle but not finished: " + gate_states();
  fail(std::move(error));
  return {};
}

}  // namespace sluice
