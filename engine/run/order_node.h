// Puts batches back into the order of their source, where something is known of a batch only when
// those in front of it have come so far.
#pragma once

#include <utility>

#include "engine/run/node.h"
#include "engine/run/reorder.h"

namespace sluice {

/// Serial, in order; by itself it changes nothing. What it holds back waits for batches that took
/// their tokens earlier and are on their way, so it cannot bring a run to a halt.
class OrderNode : public Node {
 public:
  using Node::Node;
  void clear(LetGo why) override { clear_waiting(reorder_, why); }
  std::size_t held() const override { return reorder_.waiting(); }

 protected:
  void on_batch(BatchPtr batch, std::uint16_t /*port*/) override {
    reorder_.put(std::move(batch));
    while (BatchPtr next = reorder_.take()) on_next(std::move(next));
  }
  /// Gets each batch in its turn, to send it on.
  virtual void on_next(BatchPtr batch) { emit(std::move(batch)); }

 private:
  Reorder reorder_;
};

}  // namespace sluice
