#include "engine/run/expander_node.h"

#include <utility>

namespace sluice {

ExpanderNode::ExpanderNode(const RunServices& services, PartSeat seat, Expander& expander,
                           Gate& gate)
    : Node(services, seat.stage), seat_(std::move(seat)), expander_(expander), gate_(gate) {}

void ExpanderNode::on_batch(BatchPtr batch, std::uint16_t /*port*/) {
  reorder_.put(std::move(batch));
  while (BatchPtr next = reorder_.take()) {
    seat_.meter->count_in(*next);
    inputs_.push_back(std::move(next));
  }
  ask();
}

void ExpanderNode::ask() {
  if (asked_ || (inputs_.empty() && !ending_)) return;
  asked_ = true;
  services_.graph.kick(gate_id_);
}

void ExpanderNode::on_token() {
  asked_ = false;
  if (services_.state.stopped() || (inputs_.empty() && !ending_)) {
    gate_.give_back();
    if (ending_) services_.state.end();
    return;
  }
  BatchPtr output = services_.state.batches().make();
  output->set_buffer(gate_.take());
  send_ = false;
  if (!inputs_.empty()) {
    expand(*output);
  } else {
    speak_last_words(*output);
  }
  if (send_) {
    seat_.meter->count_out(*output);
    emit(std::move(output));
  }
  output.reset();
  ask();
}

void ExpanderNode::expand(Batch& output) {
  const Batch& input = *inputs_.front();
  output.add_receipts(input);
  output.set_origin(input.origin());
  if (input.end_of_stream()) output.set_end_of_stream();
  Result<Next> next = Next::input;
  if (closed() || finished_) {
    seat_.meter->records_discarded.fetch_add(input.record_count(), std::memory_order_relaxed);
  } else if (input.byte_count() > 0) {
    const BusyTimer timer(*seat_.meter, services_.clock);
    next = expander_.expand(input, output);
  }
  if (!next) {
    fail(seat_, std::move(next).error());
    return;
  }
  if (next.value() == Next::finished) {
    finished_ = true;
    release_above();
  }
  const bool done = next.value() != Next::again;
  output.set_keys(input.keys());
  unit_ = input.key().unit;
  output.set_key({unit_, index_, done && input.key().last});
  index_ = output.key().last ? 0 : index_ + 1;
  if (done) inputs_.pop_front();
  send_ = true;
}

void ExpanderNode::speak_last_words(Batch& output) {
  Result<Next> next = Next::finished;
  {
    const BusyTimer timer(*seat_.meter, services_.clock);
    next = expander_.finish(output);
  }
  if (next && next.value() != Next::finished) {
    // A unit of its own for each, behind all that came from input.
    output.set_key({++unit_, 0, true});
    send_ = true;
  }
  if (!next) fail(seat_, std::move(next).error());
  if (next && next.value() == Next::again) return;
  ending_ = false;
  services_.state.end();
}

void ExpanderNode::on_end() {
  if (services_.state.stopped() || closed() || finished_) {
    services_.state.end();
    return;
  }
  ending_ = true;
  ask();
}

void ExpanderNode::clear(LetGo why) {
  reorder_.clear(why);
  for (const BatchPtr& input : inputs_) let_go(*input, why);
  inputs_.clear();
}

}  // namespace sluice
