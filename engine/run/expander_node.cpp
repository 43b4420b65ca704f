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
    if (ending_) end();
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
    seat_.meter->count_discarded(input.record_count());
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
  output.set_key({input.key().unit, index_, done && input.key().last});
  next_unit_ = input.key().unit + 1;
  index_ = output.key().last ? 0 : index_ + 1;
  if (done) {
    keep_receipts(input);
    inputs_.pop_front();
  }
  send_ = true;
}

void ExpanderNode::keep_receipts(const Batch& input) {
  if (!input.end_of_stream()) receipts_.clear();
  receipts_.insert(receipts_.end(), input.receipts().begin(), input.receipts().end());
}

void ExpanderNode::speak_last_words(Batch& output) {
  for (const ReceiptPtr& receipt : receipts_) output.add_receipt(receipt);
  Result<Next> next = Next::finished;
  {
    const BusyTimer timer(*seat_.meter, services_.clock);
    next = expander_.finish(output);
  }
  if (next && next.value() != Next::finished) {
    // A unit of its own for each, behind all that came from input.
    output.set_key({next_unit_++, 0, true});
    send_ = true;
  }
  if (!next) {
    output.mark_lost();
    fail(seat_, std::move(next).error());
  } else if (next.value() == Next::again) {
    return;
  }
  end();
}

void ExpanderNode::end() {
  ending_ = false;
  receipts_.clear();
  services_.state.end();
}

void ExpanderNode::on_end() {
  if (services_.state.stopped() || closed() || finished_) {
    end();
    return;
  }
  ending_ = true;
  ask();
}

void ExpanderNode::clear(LetGo why) {
  clear_waiting(reorder_, why);
  for (const BatchPtr& input : inputs_) {
    if (why == LetGo::lost) input->mark_lost();
    if (why == LetGo::unwanted) seat_.meter->count_discarded(input->record_count());
  }
  inputs_.clear();
  if (why == LetGo::lost) {
    for (const ReceiptPtr& receipt : receipts_) receipt->mark_lost();
  }
  receipts_.clear();
}

}  // namespace sluice
