#include "engine/run/source_node.h"

#include <utility>

#include "engine/run/guard.h"

namespace sluice {

SourceNode::SourceNode(const RunServices& services, PartSeat seat, Source& source, bool has_loader,
                       std::uint32_t number, Gate& gate)
    : Node(services, seat.stage),
      seat_(std::move(seat)),
      source_(source),
      has_loader_(has_loader),
      number_(number),
      gate_(gate) {}

void SourceNode::start() {
  services_.state.begin();
  if (source_.may_block()) thread_ = std::make_unique<SerialThread>();
}

bool SourceNode::more() {
  if (services_.state.draining() || closed()) end();
  return !ended();
}

void SourceNode::on_batch(BatchPtr /*batch*/, std::uint16_t /*port*/) {}

void SourceNode::on_token() {
  if (!more()) {
    gate_.give_back();
    return;
  }
  BatchPtr batch = services_.state.batches().make();
  batch->set_buffer(gate_.take());
  batch->set_origin({number_, 0, 0, 0});
  if (!thread_) {
    read(std::move(batch));
    return;
  }
  services_.graph.reserve();
  requests_.fetch_add(1);
  // std::function wants a copyable task, so the batch crosses as a word.
  thread_->post([this, request = batch.release()] {
    read(BatchPtr::adopt(request));
    requests_.fetch_sub(1);
    services_.graph.release();
  });
}

void SourceNode::read(BatchPtr batch) {
  if (!more()) return;
  Result<Next> next = Next::input;
  {
    const BusyTimer timer(*seat_.meter, services_.clock);
    next = guarded([&] { return source_.read(*batch); });
  }
  if (!next) {
    fail(seat_, std::move(next).error());
    end();
    return;
  }
  if (next.value() == Next::finished) end();
  if (next.value() != Next::again) return;
  if (!has_loader_) seat_.meter->count_out(*batch);
  send(std::move(batch));
}

void SourceNode::send(BatchPtr batch) {
  ReceiptPtr receipt = commits_.issue();
  batch->set_key({receipt->sequence(), 0, true});
  batch->add_receipt(std::move(receipt));
  emit(std::move(batch));
}

void SourceNode::on_closed() { source_.stop(); }

void SourceNode::end() {
  if (ended_.exchange(true, std::memory_order_acq_rel)) return;
  // In sequence behind all data, and without a buffer: it needs no token.
  BatchPtr last = services_.state.batches().make();
  last->set_origin({number_, 0, 0, 0});
  last->set_end_of_stream();
  send(std::move(last));
  services_.state.end();
}

}  // namespace sluice
