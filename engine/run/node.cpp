#include "engine/run/node.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "engine/run/batch_lease.h"

namespace sluice {

Node::Node(const RunServices& services, std::string name)
    : services_(services), name_(std::move(name)) {}

void Node::run(Work&& work) noexcept {
  try {
    switch (work.kind) {
      case Work::Kind::batch:
        received_.fetch_add(1, std::memory_order_relaxed);
        records_received_.fetch_add(work.batch->record_count(), std::memory_order_relaxed);
        if (services_.state.stopped()) {
          work.batch->mark_lost();
        } else if (closed()) {
          count_unwanted(*work.batch);
        } else {
          on_batch(std::move(work.batch), work.port);
        }
        return;
      case Work::Kind::token:
        on_token();
        return;
      case Work::Kind::end:
        clear(LetGo::unwanted);
        services_.state.end();
        return;
    }
  } catch (const std::exception& exception) {
    Error error;
    error.message = exception.what();
    fail(PartSeat{name_, nullptr, nullptr}, std::move(error));
  } catch (...) {
    Error error;
    error.message = "a stage threw something that is no std::exception";
    fail(PartSeat{name_, nullptr, nullptr}, std::move(error));
  }
}

void Node::connect(std::size_t output, Node& target, FlowGraph::EdgeId edge) {
  if (outputs_.size() <= output) outputs_.resize(output + 1);
  outputs_[output].push_back(std::make_unique<Edge>(target, edge));
  open_readers_.fetch_add(1);
  target.above_.push_back(this);
}

void Node::emit(BatchPtr batch, std::size_t output) {
  if (!connected(output)) return;
  const auto& edges = outputs_[output];
  for (std::size_t i = 0; i < edges.size(); ++i) {
    Edge& edge = *edges[i];
    if (edge.target->closed()) {
      edge.target->count_unwanted(*batch);
      continue;
    }
    const bool last = i + 1 == edges.size();
    BatchPtr copy = last ? std::move(batch) : clone_leased(services_.state.batches(), *batch);
    edge.batches.fetch_add(1, std::memory_order_relaxed);
    edge.records.fetch_add(copy->record_count(), std::memory_order_relaxed);
    services_.graph.send(edge.id, std::move(copy));
  }
}

void Node::count_unwanted(const Batch& batch) noexcept {
  for (const auto& edges : outputs_) {
    for (const auto& edge : edges) edge->target->count_unwanted(batch);
  }
}

void Node::clear_waiting(Reorder& reorder, LetGo why) {
  reorder.clear([&](Batch& batch) {
    if (why == LetGo::lost) {
      batch.mark_lost();
    } else {
      count_unwanted(batch);
    }
  });
}

Node::Sent Node::sent_to(const Node& target) const {
  Sent sent;
  for (const auto& edges : outputs_) {
    for (const auto& edge : edges) {
      if (edge->target != &target) continue;
      sent.batches += edge->batches.load();
      sent.records += edge->records.load();
    }
  }
  return sent;
}

Node::Backlog Node::backlog_of(const PartMeter& meter, bool is_busy) const noexcept {
  const auto less = [](std::uint64_t all, std::uint64_t some) { return all - std::min(all, some); };
  // Those dealt with first, so that none of them is missing among those received.
  const std::uint64_t begun = meter.batches.load();
  const std::uint64_t records = meter.records_out.load() + meter.records_discarded.load();
  return {less(batches_received(), begun) + (is_busy ? 1 : 0), less(records_received(), records)};
}

void Node::fail(const PartSeat& seat, Error error) {
  if (error.stage.empty()) error.stage = seat.stage;
  services_.state.fail(std::move(error));
}

void Node::close() {
  // From the sources down: a node that drops what it gets sends tokens home, and a source that did
  // not know yet would read on with them.
  tell_above(&Node::reader_closed);
  if (closed_.exchange(true, std::memory_order_acq_rel)) return;
  on_closed();
  // What comes from now on is dropped, so what the node holds back waits for batches that will
  // never come, and must not keep their tokens. Only the node itself may touch it.
  services_.state.begin();
  services_.graph.send_end(id_);
}

void Node::release_above() { tell_above(&Node::reader_released); }

void Node::tell_above(void (Node::*what)()) {
  if (released_.exchange(true, std::memory_order_acq_rel)) return;
  for (Node* above : above_) (above->*what)();
}

void Node::reader_closed() {
  if (open_readers_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    if (has_released_reader_.load(std::memory_order_acquire)) {
      release();
    } else {
      close();
    }
  }
}

void Node::reader_released() {
  has_released_reader_.store(true, std::memory_order_release);
  if (open_readers_.fetch_sub(1, std::memory_order_acq_rel) == 1) release();
}

void Node::release() {
  release_above();
  on_released();
}

}  // namespace sluice
