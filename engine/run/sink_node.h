// The node of a sink that is one instance: in order, or as batches arrive.
#pragma once

#include "engine/run/batch_thread.h"
#include "engine/run/node.h"
#include "engine/run/reorder.h"
#include "engine/stage/stage.h"

namespace sluice {

/// Serial. A sink that may block writes on a thread of its own.
class SinkNode final : public Node {
 public:
  SinkNode(const RunServices& services, PartSeat seat, Sink& sink, bool ordered);

  Status open();
  /// After open().
  void start();
  /// Ends the thread, when it has flushed. REQUIRES: the graph is idle.
  void join() { thread_.join(); }
  Status finish();
  /// Does nothing for a sink that was never opened.
  void abandon() noexcept;
  /// Interrupts a write that waits. From any thread.
  void interrupt() noexcept { sink_.stop(); }
  /// Of a duplex: nobody wants the answers, so no more input is wanted. From any thread.
  void give_up_input();
  /// True while its own thread has something to write.
  bool waiting_for_peer() const noexcept { return thread_.is_busy(); }

  void clear(LetGo why) override { clear_waiting(reorder_, why); }
  std::size_t held() const override { return reorder_.waiting(); }
  Backlog backlog() const override { return backlog_of(*seat_.meter, thread_.is_busy()); }

 protected:
  void on_batch(BatchPtr batch, std::uint16_t port) override;
  void count_unwanted(const Batch& batch) noexcept override { seat_.meter->count_unwanted(batch); }

 private:
  void write(BatchPtr batch);
  void flush();
  /// Behind the last input.
  void end_input();

  PartSeat seat_;
  Sink& sink_;
  bool ordered_;
  bool opened_ = false;
  Reorder reorder_;
  BatchThread thread_;
};

}  // namespace sluice
