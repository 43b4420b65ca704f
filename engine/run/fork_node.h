// Stands where a fan-out begins whose branches meet again: renumbers, so that the merge can tell
// which pieces of which branch belong together.
#pragma once

#include <cstdint>
#include <utility>

#include "engine/run/order_node.h"

namespace sluice {

/// Serial, in order. Each batch becomes a unit of its own; its former key stays below the new one.
class ForkNode final : public OrderNode {
 public:
  using OrderNode::OrderNode;

 private:
  void on_next(BatchPtr batch) override {
    batch->push_key({unit_++, 0, true});
    emit(std::move(batch));
  }

  std::uint64_t unit_ = 0;
};

}  // namespace sluice
