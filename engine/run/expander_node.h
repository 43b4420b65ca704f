// The node of an expander: one batch in, many out, one per step of its gate.
#pragma once

#include <deque>
#include <vector>

#include "engine/run/gate.h"
#include "engine/run/node.h"
#include "engine/run/reorder.h"
#include "engine/stage/stage.h"

namespace sluice {

/// Serial, in order; a continuation: a step makes one output from the first input and asks for the
/// next step while work is left. The input's token goes home when its last output is made. Inputs
/// that the expander lets pass need no step: they go on with their own tokens.
class ExpanderNode final : public Node {
 public:
  ExpanderNode(const RunServices& services, PartSeat seat, Expander& expander, Gate& gate);
  void set_gate(FlowGraph::GateId gate) noexcept { gate_id_ = gate; }

  void clear(LetGo why) override;
  std::size_t held() const override { return reorder_.waiting() + inputs_.size(); }

 protected:
  void on_batch(BatchPtr batch, std::uint16_t port) override;
  void on_token() override;
  void count_unwanted(const Batch& batch) noexcept override { seat_.meter->count_unwanted(batch); }

 private:
  /// Asks for a step when the first input needs one.
  void ask();
  /// Sends on the inputs at the front that need nothing done.
  void pass();
  OrderKey next_key(const Batch& input, bool is_last) noexcept;
  /// Makes one output from the first input; false when it is not to be sent on.
  bool step(Batch& output);
  /// Asks the expander for that output: its last words, when the input is the mark of the end.
  Result<Next> speak(const Batch& input, Batch& output);

  PartSeat seat_;
  Expander& expander_;
  Gate& gate_;
  FlowGraph::GateId gate_id_;
  Reorder reorder_;
  std::deque<BatchPtr> inputs_;
  bool begun_ = false;     ///< The first input has had a step and needs another one.
  bool expanded_ = false;  ///< Of the first input, which is the last one, only the end is left.
  /// Of the last input it is done with: what it says at the end may hold some of it.
  std::vector<ReceiptPtr> receipts_;
  bool asked_ = false;
  bool finished_ = false;    ///< The expander wants no more; empty outputs stand for its inputs.
  std::uint32_t index_ = 0;  ///< Of the next output within the unit of its input.
};

}  // namespace sluice
