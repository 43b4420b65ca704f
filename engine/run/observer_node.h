// The node of a stage that looks at batches and lets them go on as they are.
#pragma once

#include <utility>

#include "engine/run/batch_thread.h"
#include "engine/run/order_node.h"
#include "engine/stage/stage.h"

namespace sluice {

/// Serial, in order. An observer that may block looks on a thread of its own, which sends the
/// batches on as well.
class ObserverNode final : public OrderNode {
 public:
  ObserverNode(const RunServices& services, PartSeat seat, Observer& observer);

  Status open();
  /// After open().
  void start();
  /// Interrupts an observer that waits. From any thread.
  void interrupt() noexcept { observer_.stop(); }
  /// Ends the thread. REQUIRES: the graph is idle.
  void join() { thread_.join(); }
  Status finish();
  /// True while its own thread has something to look at.
  bool holds_back() const noexcept { return thread_.is_busy(); }
  Backlog backlog() const override { return backlog_of(*seat_.meter, thread_.is_busy()); }

 protected:
  void on_next(BatchPtr batch) override { thread_.hand(std::move(batch)); }
  void on_closed() override { observer_.stop(); }
  void on_released() override { observer_.stop(); }
  void count_unwanted(const Batch& batch) noexcept override { seat_.meter->count_unwanted(batch); }

 private:
  void observe(BatchPtr batch);

  PartSeat seat_;
  Observer& observer_;
  BatchThread thread_;
};

}  // namespace sluice
