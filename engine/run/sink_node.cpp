#include "engine/run/sink_node.h"

#include <utility>

#include "engine/run/guard.h"

namespace sluice {

SinkNode::SinkNode(const RunServices& services, PartSeat seat, Sink& sink, bool ordered)
    : Node(services, seat.stage),
      seat_(std::move(seat)),
      sink_(sink),
      ordered_(ordered),
      thread_(services.graph, [this](BatchPtr batch) { write(std::move(batch)); }) {}

Status SinkNode::open() {
  Status status = guarded([&] { return sink_.open(*seat_.context); });
  opened_ = static_cast<bool>(status);
  if (!status) status.error().stage = seat_.stage;
  return status;
}

void SinkNode::start() {
  if (!sink_.may_block()) return;
  seat_.meter->has_thread.store(true);
  thread_.start([this] { flush(); });
}

void SinkNode::on_batch(BatchPtr batch, std::uint16_t /*port*/) {
  if (!ordered_) {
    thread_.hand(std::move(batch));
    return;
  }
  reorder_.put(std::move(batch));
  while (BatchPtr next = reorder_.take()) thread_.hand(std::move(next));
}

void SinkNode::write(BatchPtr batch) {
  PartMeter& meter = *seat_.meter;
  if (services_.state.stopped()) {
    batch->mark_lost();
    return;
  }
  if (closed()) {
    meter.count_unwanted(*batch);
    return;
  }
  meter.count_in(*batch);
  Result<Next> next = Next::again;
  if (batch->byte_count() > 0) {
    const BusyTimer timer(meter, services_.clock);
    next = guarded([&] { return sink_.write(*batch); });
  }
  if (next && batch->flush() && !thread_.is_started()) flush();
  if (!next) {
    batch->mark_lost();
    fail(seat_, std::move(next).error());
    return;
  }
  if (next.value() == Next::finished && services_.state.stopped()) {
    batch->mark_lost();  // It was told to give up, and that was its answer.
    return;
  }
  if (next.value() == Next::finished) close();
  if (batch->end_of_stream()) end_input();
  meter.count_out(*batch);
}

void SinkNode::end_input() {
  // Without order, the mark of the end may be in front of what it stands behind.
  if (!ordered_) return;
  flush();
  if (services_.state.stopped() || closed()) return;
  Status status = guarded([&] { return sink_.end_input(); });
  if (!status) fail(seat_, std::move(status).error());
}

void SinkNode::give_up_input() {
  interrupt();
  close();
}

void SinkNode::flush() {
  if (services_.state.stopped() || closed()) return;
  Status status = guarded([&] { return sink_.flush(); });
  if (!status) fail(seat_, std::move(status).error());
}

Status SinkNode::finish() {
  Status status = guarded([&] { return sink_.finish(); });
  if (!status) status.error().stage = seat_.stage;
  return status;
}

void SinkNode::abandon() noexcept {
  if (opened_) sink_.abandon();
}

}  // namespace sluice
