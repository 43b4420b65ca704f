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
/// next step while work is left. The input's token goes home when its last output is made.
class ExpanderNode final : public Node {
 public:
  ExpanderNode(const RunServices& services, PartSeat seat, Expander& expander, Gate& gate);
  void set_gate(FlowGraph::GateId gate) noexcept { gate_id_ = gate; }

  bool has_last_words() const override { return true; }
  void clear(LetGo why) override;
  std::size_t held() const override { return reorder_.waiting() + inputs_.size(); }

 protected:
  void on_batch(BatchPtr batch, std::uint16_t port) override;
  void on_token() override;
  void on_end() override;
  void count_unwanted(const Batch& batch) noexcept override { seat_.meter->count_unwanted(batch); }

 private:
  void ask();
  void expand(Batch& output);
  void speak_last_words(Batch& output);
  /// Keeps the receipts of an input it is done with, until the next one or the last words.
  void keep_receipts(const Batch& input);
  void end();

  PartSeat seat_;
  Expander& expander_;
  Gate& gate_;
  FlowGraph::GateId gate_id_;
  Reorder reorder_;
  std::deque<BatchPtr> inputs_;
  /// Of the last input, and of the mark of the end behind it: the last words may hold some of it.
  std::vector<ReceiptPtr> receipts_;
  bool asked_ = false;
  bool ending_ = false;
  bool finished_ = false;  ///< The expander wants no more; empty outputs stand for its inputs.
  bool send_ = false;      ///< The output just made is to be sent on.
  std::uint64_t next_unit_ = 0;  ///< Behind that of the last input: for the last words.
  std::uint32_t index_ = 0;      ///< Of the next output within its unit.
};

}  // namespace sluice
