#include "engine/run/observer_node.h"

#include <utility>

#include "engine/run/guard.h"

namespace sluice {

ObserverNode::ObserverNode(const RunServices& services, PartSeat seat, Observer& observer)
    : OrderNode(services, seat.stage),
      seat_(std::move(seat)),
      observer_(observer),
      thread_(services.graph, [this](BatchPtr batch) { observe(std::move(batch)); }) {}

Status ObserverNode::open() {
  Status status = guarded([&] { return observer_.open(*seat_.context); });
  if (!status) status.error().stage = seat_.stage;
  return status;
}

void ObserverNode::start() {
  if (!observer_.may_block()) return;
  seat_.meter->has_thread.store(true);
  thread_.start();
}

void ObserverNode::observe(BatchPtr batch) {
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
  Status seen = Done{};
  if (batch->record_count() > 0 || batch->byte_count() > 0) {
    const BusyTimer timer(meter, services_.clock);
    seen = guarded([&] { return observer_.observe(*batch); });
  }
  if (!seen) {
    batch->mark_lost();
    fail(seat_, std::move(seen).error());
    return;
  }
  meter.count_out(*batch);
  emit(std::move(batch));
}

Status ObserverNode::finish() {
  Status status = guarded([&] { return observer_.finish(); });
  if (!status) status.error().stage = seat_.stage;
  return status;
}

}  // namespace sluice
