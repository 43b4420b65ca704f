// Child processes as one peer of a stage: one run of a child for each piece of the input, several
// at once, and what they write in the order of the pieces.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/stage/stage.h"
#include "engine/stage/stage_context.h"
#include "stages/support/bell.h"
#include "stages/support/child_run.h"
#include "stages/support/duplex_peer.h"
#include "stages/support/exec_options.h"
#include "stages/support/file_reading.h"
#include "stages/support/line_joiner.h"
#include "stages/support/piece_cutter.h"
#include "stages/support/piece_file.h"
#include "stages/support/said_lines.h"
#include "stages/support/wakeup.h"

namespace sluice {

struct ExecPoolOptions {
  ChildCommand command;
  OnExit on_exit = OnExit::fail;
  std::size_t instances = 1;  ///< Children that run at once.
  std::size_t piece_bytes = 1;
  PieceEnd piece_end = PieceEnd::line;
  Duration timeout{};  ///< Of a run; 0: none.
};

/// Three threads: one writes, which collects a piece in memory; one reads, which is given what one
/// child would have written; and one of its own between them, which starts children, waits for all
/// of them at once and never for anything else. A child has its piece as a file in memory, so it
/// may read it or not. A piece that is not full is run when nothing was added to it for a while and
/// a child more may run. What a child writes before its turn is held, as much as a piece has; then
/// it waits. So in memory are at most `instances` + 2 pieces, and the output of 2 x `instances`
/// runs.
class ExecPool final : public DuplexPeer {
 public:
  /// `output` is how their output is framed; `linger` is for how long records may wait for others,
  /// on either side. `context` outlives it.
  ExecPool(ExecPoolOptions options, const FramingOptions& output, Duration linger,
           StageContext& context);
  /// Ends children that still run.
  ~ExecPool() override;

  Status open() override;
  Result<Next> write(const Batch& batch) override;
  Status flush() override { return Done{}; }
  void end_input() override;
  Result<Next> read(Batch& batch) override;
  std::unique_ptr<Loader> make_loader() const override { return reading_.make_loader(); }
  void stop() noexcept override;

 private:
  // On the thread that writes.
  Status take(std::string_view& text);
  Status hand_over();

  // On its own thread.
  void run();
  Status step();
  Status start_runs();
  bool may_start() const;
  Result<std::optional<File>> next_piece();
  HeldOutput held_output();
  /// Ends the runs whose output has gone out, and the stage when all have.
  Status deliver();
  Status check_end(const ChildRun& run) const;
  void end_children();

  struct Run {
    std::unique_ptr<ChildRun> child;
    std::int64_t since_ns = 0;  ///< When it was started, or last waited for us.
  };
  Status check_time(Run& run, std::int64_t now_ns) const;
  std::optional<std::int64_t> next_event_ns();
  int milliseconds_until(std::optional<std::int64_t> at_ns) const;

  const std::string& program() const { return options_.command.arguments.front(); }

  ExecPoolOptions options_;
  StageContext& context_;
  FileReading reading_;
  std::unique_ptr<Input> output_;
  std::int64_t linger_ns_;
  LineJoiner joiner_;

  std::mutex mutex_;
  std::condition_variable room_;
  // Of these, when the piece is full, the thread that writes has them for itself.
  PieceCutter cutter_;
  PieceFile collected_;
  std::int64_t last_input_ns_ = 0;
  std::optional<File> piece_;  ///< A full one, to be run next.
  bool input_ended_ = false;
  std::optional<Status> result_;  ///< There is nothing more to come, and why.

  Wakeup stop_;
  Bell bell_;
  File out_;  ///< The other end of output_.
  std::deque<Run> runs_;
  SaidLines said_;
  std::vector<HeldOutput> spare_;  ///< Of runs that are over.
  bool is_done_ = false;
  std::thread thread_;
};

}  // namespace sluice
