// The node of a gather: N batches in, fewer out, each in a buffer of the gather's own gate.
#pragma once

#include <deque>

#include "engine/run/gate.h"
#include "engine/run/node.h"
#include "engine/run/reorder.h"
#include "engine/stage/stage.h"

namespace sluice {

/// Serial, in order. Takes its output buffer first, copies inputs into it and lets them go; holding
/// the inputs' tokens until an output is full would deadlock. Numbers its outputs afresh. Flush
/// marks of its inputs go no further: an output leaves when it is full, or at the end.
class GatherNode final : public Node {
 public:
  GatherNode(const RunServices& services, PartSeat seat, Gather& gather, Gate& gate);
  /// The gate's number in the graph, to ask for a buffer.
  void set_gate(FlowGraph::GateId gate) noexcept { gate_id_ = gate; }

  void clear(LetGo why) override;
  std::size_t held() const override {
    return reorder_.waiting() + inputs_.size() + (output_ ? 1 : 0);
  }

 protected:
  void on_batch(BatchPtr batch, std::uint16_t port) override;
  void on_token() override;
  void count_unwanted(const Batch& batch) noexcept override { seat_.meter->count_unwanted(batch); }

 private:
  void pump();
  void send();
  /// Ends the stream: sends what is left and the mark of the end.
  void finish();

  PartSeat seat_;
  Gather& gather_;
  Gate& gate_;
  FlowGraph::GateId gate_id_;
  Reorder reorder_;
  std::deque<BatchPtr> inputs_;
  std::uint64_t position_ = 0;  ///< How much of the first input is already copied.
  BatchPtr output_;
  bool asked_ = false;  ///< A step is on its way.
  std::uint64_t sequence_ = 0;
  std::uint64_t pending_records_ = 0;  ///< Came in and did not go out yet: every record is copied.
};

}  // namespace sluice
