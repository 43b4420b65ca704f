#include "engine/run/sink_node.h"

#include <utility>

#include "engine/run/guard.h"

namespace sluice {

SinkNode::SinkNode(const RunServices& services, PartSeat seat, Sink& sink, bool ordered)
    : Node(services, seat.stage), seat_(std::move(seat)), sink_(sink), ordered_(ordered) {}

Status SinkNode::open() {
  Status status = guarded([&] { return sink_.open(*seat_.context); });
  opened_ = static_cast<bool>(status);
  if (!status) status.error().stage = seat_.stage;
  return status;
}

void SinkNode::start() {
  if (!sink_.may_block()) return;
  seat_.meter->has_thread.store(true);
  thread_ = std::make_unique<SerialThread>([this] { flush(); });
}

void SinkNode::on_batch(BatchPtr batch, std::uint16_t /*port*/) {
  if (!ordered_) {
    deliver(std::move(batch));
    return;
  }
  reorder_.put(std::move(batch));
  while (BatchPtr next = reorder_.take()) deliver(std::move(next));
}

void SinkNode::deliver(BatchPtr batch) {
  if (!thread_) {
    write(std::move(batch));
    return;
  }
  services_.graph.reserve();
  pending_.fetch_add(1);
  thread_->post([this, handed = batch.release()] {
    write(BatchPtr::adopt(handed));
    pending_.fetch_sub(1);
    services_.graph.release();
  });
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
  if (next && batch->flush() && !thread_) flush();
  if (!next) {
    batch->mark_lost();
    fail(seat_, std::move(next).error());
    return;
  }
  if (next.value() == Next::finished) close();
  meter.count_out(*batch);
}

void SinkNode::flush() {
  if (services_.state.stopped() || closed()) return;
  pending_.fetch_add(1);
  Status status = guarded([&] { return sink_.flush(); });
  pending_.fetch_sub(1);
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
