// The node of a sink that is one instance: in order, or as batches arrive.
#pragma once

#include <atomic>
#include <memory>

#include "engine/run/node.h"
#include "engine/run/reorder.h"
#include "engine/run/serial_thread.h"
#include "engine/stage/stage.h"

namespace sluice {

/// Serial. A sink that may block writes on a thread of its own.
class SinkNode final : public Node {
 public:
  SinkNode(const RunServices& services, PartSeat seat, Sink& sink, bool ordered);

  /// After Sink::open.
  void start();
  /// Waits for what was handed to the thread, and ends it.
  void join() { thread_.reset(); }
  Status finish();
  void abandon() noexcept { sink_.abandon(); }
  /// True while its own thread has something to write.
  bool waiting_for_peer() const noexcept { return pending_.load() > 0; }

  void clear(LetGo why) override { reorder_.clear(why); }
  std::size_t held() const override { return reorder_.waiting(); }

 protected:
  void on_batch(BatchPtr batch, std::uint16_t port) override;

 private:
  void deliver(BatchPtr batch);
  void write(BatchPtr batch);
  void flush();

  PartSeat seat_;
  Sink& sink_;
  bool ordered_;
  Reorder reorder_;
  std::atomic<int> pending_{0};
  std::unique_ptr<SerialThread> thread_;
};

}  // namespace sluice
