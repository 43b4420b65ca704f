// The node of a source: one step per token, each step one batch.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/data/receipt.h"
#include "engine/run/batch_thread.h"
#include "engine/run/gate.h"
#include "engine/run/node.h"
#include "engine/run/sink_node.h"
#include "engine/stage/stage.h"

namespace sluice {

/// Serial. A source that may block reads on a thread of its own, fed with one request per token, so
/// that the thread never holds a token it cannot use.
class SourceNode final : public Node {
 public:
  /// `has_loader`: what it makes is completed, and counted, by a loader in the chain behind it.
  /// `input`: of a duplex, the node that it answers; else null.
  SourceNode(const RunServices& services, PartSeat seat, Source& source, bool has_loader,
             std::uint32_t number, Gate& gate, SinkNode* input = nullptr);

  /// After Source::open.
  void start();
  /// Asked by the input node ahead of each token.
  bool more();
  /// Interrupts a read that waits, or a pause, for a run that ends. From any thread.
  void interrupt() noexcept;
  /// Ends the thread. REQUIRES: the graph is idle.
  void join() { thread_.join(); }

  /// Nothing more is read until resume(), but by a read that is under way. From any thread, any
  /// number of times; false: it was so already, the source has ended, or the run is to end.
  bool pause() noexcept;
  bool resume() noexcept;
  bool paused() const noexcept { return paused_since_ns_.load() != 0; }
  /// For how long it was paused, until now.
  std::int64_t paused_ns() const noexcept;

  /// For how long it was ready to read and had no token, until now: it waited for what follows it.
  std::int64_t blocked_ns() const noexcept;

  /// Of a duplex: the node that it answers.
  const SinkNode* input() const noexcept { return input_; }

  /// True when the source said so, or was told to stop, and its last batch is sent.
  bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }
  /// True while its own thread has a read to make.
  bool waiting_for_input() const noexcept { return thread_.is_busy(); }
  const Gate& gate() const noexcept { return gate_; }
  const CommitTracker& commits() const noexcept { return commits_; }
  std::uint64_t produced() const noexcept { return commits_.issued(); }
  Source::Progress progress() const { return source_.progress(); }

 protected:
  void on_batch(BatchPtr batch, std::uint16_t port) override;
  void on_token() override;
  void on_closed() override;
  void on_released() override;

 private:
  /// read(), on its own thread if it has one.
  void take_turn(BatchPtr batch);
  void read(BatchPtr batch);
  /// Sends what was made on, in sequence.
  void send(BatchPtr batch);
  /// It is to make no more: it said so, or nobody wants more.
  bool over() const noexcept;
  /// What it makes is wanted no more.
  void stop();
  /// True if the token waits for resume() from now on.
  bool park_token() noexcept;
  /// Lets the tokens that wait come again.
  void release_parked() noexcept;
  void enter() noexcept { steps_.fetch_add(1); }
  /// Whoever leaves last sends the end, so that no read is under way that could still make a batch.
  void leave();
  void end();

  PartSeat seat_;
  Source& source_;
  bool has_loader_;
  std::uint32_t number_;
  Gate& gate_;
  SinkNode* input_;
  CommitTracker commits_;
  std::atomic<bool> finished_{false};  ///< The source has said its last, or failed.
  std::atomic<bool> ended_{false};
  std::atomic<int> steps_{0};  ///< Looks and reads under way, those of the thread included.
  std::atomic<std::int64_t> paused_since_ns_{0};    ///< 0: it is not paused.
  std::atomic<std::int64_t> paused_ns_{0};          ///< Pauses that are over.
  std::atomic<std::size_t> parked_{0};              ///< Tokens that came while it was paused.
  std::atomic<std::int64_t> no_token_since_ns_{0};  ///< Of its thread; 0: it has one.
  std::atomic<std::int64_t> no_token_ns_{0};
  BatchThread thread_;
};

}  // namespace sluice
