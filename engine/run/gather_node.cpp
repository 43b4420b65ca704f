#include "engine/run/gather_node.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/run/guard.h"

namespace sluice {

GatherNode::GatherNode(const RunServices& services, PartSeat seat, Gather& gather, Gate& gate)
    : Node(services, seat.stage), seat_(std::move(seat)), gather_(gather), gate_(gate) {}

void GatherNode::on_batch(BatchPtr batch, std::uint16_t /*port*/) {
  reorder_.put(std::move(batch));
  while (BatchPtr next = reorder_.take()) {
    seat_.meter->count_in(*next);
    pending_records_ += next->record_count();
    inputs_.push_back(std::move(next));
  }
  pump();
}

void GatherNode::on_token() {
  asked_ = false;
  if (services_.state.stopped() || inputs_.empty()) {
    gate_.give_back();
    return;
  }
  output_ = services_.state.batches().make();
  output_->set_buffer(gate_.take());
  pump();
}

void GatherNode::pump() {
  while (!inputs_.empty()) {
    Batch& input = *inputs_.front();
    if (closed()) return;  // The end that was sent along with the closing clears all.
    if (position_ >= input.byte_count()) {
      // The last words of an expander above come with the mark of the end.
      if (input.end_of_stream()) {
        finish();
        return;
      }
      inputs_.pop_front();
      position_ = 0;
      continue;
    }
    if (!output_) {
      if (!asked_) services_.graph.kick(gate_id_);
      asked_ = true;
      return;
    }
    Result<Gather::Step> step = Gather::Step{};
    {
      const BusyTimer timer(*seat_.meter, services_.clock);
      step = gather_.gather(input, position_, *output_);
    }
    if (!step) {
      fail(seat_, std::move(step).error());
      return;
    }
    position_ = step.value().position;
    // Some of the output's bytes are this input's: the input is settled no sooner than the output.
    output_->add_receipts(input);
    if (step.value().full) send();
  }
}

void GatherNode::send() {
  BatchPtr batch = std::move(output_);
  batch->set_key({sequence_++, 0, true});
  seat_.meter->count_out(*batch);
  pending_records_ -= std::min(pending_records_, batch->record_count());
  emit(std::move(batch));
}

void GatherNode::finish() {
  if (output_) {
    Result<bool> wanted = guarded([&] { return gather_.finish(*output_); });
    if (!wanted) {
      output_->mark_lost();
      fail(seat_, std::move(wanted).error());
    } else if (wanted.value()) {
      send();
    }
    output_.reset();
  }
  // The mark goes on behind the last output, numbered as outputs are.
  BatchPtr end = std::move(inputs_.front());
  inputs_.clear();
  position_ = 0;
  std::vector<Slice> nothing;
  end->set_bytes({}, nothing, 0);  // What it held is copied.
  end->set_buffer({});
  const OrderKey key{sequence_++, 0, true};
  end->set_keys({&key, 1});
  emit(std::move(end));
}

void GatherNode::clear(LetGo why) {
  clear_waiting(reorder_, why);
  if (why == LetGo::lost) {
    for (const BatchPtr& input : inputs_) input->mark_lost();
    if (output_) output_->mark_lost();
  } else {
    seat_.meter->count_discarded(std::exchange(pending_records_, 0));
  }
  inputs_.clear();
  output_.reset();
}

}  // namespace sluice
