// Stands where a fan-out begins whose branches meet again: renumbers, so that the merge can tell
// which pieces of which branch belong together.
#pragma once

#include "engine/run/node.h"
#include "engine/run/reorder.h"

namespace sluice {

/// Serial, in order. Each batch becomes a unit of its own; its former key stays below the new one.
class ForkNode final : public Node {
 public:
  using Node::Node;
  void clear(LetGo why) override { clear_waiting(reorder_, why); }
  std::size_t held() const override { return reorder_.waiting(); }

 protected:
  void on_batch(BatchPtr batch, std::uint16_t /*port*/) override {
    reorder_.put(std::move(batch));
    while (BatchPtr next = reorder_.take()) {
      next->push_key({unit_++, 0, true});
      emit(std::move(next));
    }
  }

 private:
  Reorder reorder_;
  std::uint64_t unit_ = 0;
};

}  // namespace sluice
