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
  if (asked_) return;  // For the first input, which therefore does not pass.
  pass();
  if (inputs_.empty()) return;
  asked_ = true;
  services_.graph.kick(gate_id_);
}

void ExpanderNode::pass() {
  while (!inputs_.empty() && !begun_ && !closed() && !finished_) {
    const Batch& input = *inputs_.front();
    if (input.end_of_stream() || !expander_.passes(input)) return;
    BatchPtr output = std::move(inputs_.front());
    inputs_.pop_front();
    receipts_.clear();
    output->set_key(next_key(*output, true));
    seat_.meter->count_out(*output);
    emit(std::move(output));
  }
}

/// The key of the next output of `input`; `is_last`: there is no other.
OrderKey ExpanderNode::next_key(const Batch& input, bool is_last) noexcept {
  const OrderKey key{input.key().unit, index_, is_last && input.key().last};
  index_ = key.last ? 0 : index_ + 1;
  return key;
}

void ExpanderNode::on_token() {
  asked_ = false;
  if (services_.state.stopped() || inputs_.empty()) {
    gate_.give_back();
    return;
  }
  BatchPtr output = services_.state.batches().make();
  output->set_buffer(gate_.take());
  if (step(*output)) {
    seat_.meter->count_out(*output);
    emit(std::move(output));
  }
  output.reset();
  ask();
}

bool ExpanderNode::step(Batch& output) {
  const Batch& input = *inputs_.front();
  output.add_receipts(input);
  output.set_origin(input.origin());
  const Result<Next> next = speak(input, output);
  if (!next) {
    output.mark_lost();
    fail(seat_, next.error());
    return false;
  }
  if (next.value() == Next::finished && !input.end_of_stream()) {
    finished_ = true;
    release_above();
  }
  const bool done = next.value() != Next::again;
  begun_ = !done;
  if (done && input.end_of_stream()) output.set_end_of_stream();
  output.set_flush(done && input.flush());
  output.set_keys(input.keys());
  output.set_key(next_key(input, done));
  if (done) {
    receipts_.assign(input.receipts().begin(), input.receipts().end());
    if (input.end_of_stream()) receipts_.clear();
    inputs_.pop_front();
    expanded_ = false;
  }
  return true;
}

Result<Next> ExpanderNode::speak(const Batch& input, Batch& output) {
  if (closed() || finished_) {
    seat_.meter->count_discarded(input.record_count());
    return Next::input;
  }
  // The last words of an expander or gather above come with the mark of the end.
  if ((input.byte_count() > 0 || expander_.wants_empty()) && !expanded_) {
    const BusyTimer timer(*seat_.meter, services_.clock);
    Result<Next> next = expander_.expand(input, output);
    if (!next || next.value() == Next::again || !input.end_of_stream()) return next;
    expanded_ = true;
    return Next::again;
  }
  if (input.end_of_stream()) {
    for (const ReceiptPtr& receipt : receipts_) output.add_receipt(receipt);
    const BusyTimer timer(*seat_.meter, services_.clock);
    return expander_.finish(output);
  }
  return Next::input;
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
