// A child process as the peer of a stage: what goes into it, what comes out, and how it ends.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/stage/stage.h"
#include "engine/stage/stage_context.h"
#include "stages/support/child_log.h"
#include "stages/support/child_process.h"
#include "stages/support/duplex_peer.h"
#include "stages/support/exec_options.h"
#include "stages/support/file_reading.h"
#include "stages/support/raw_writer.h"
#include "stages/support/wakeup.h"

namespace sluice {

/// Which streams of the child are ours. Another's standard input is empty, its standard output that
/// of sluice.
enum class ExecEnds : std::uint8_t { input, output, both };

/// What the child writes to standard error is said (child_log.h). stop() ends the child as well.
class ExecPeer final : public DuplexPeer {
 public:
  /// `output` is how its output is framed. `context` outlives it.
  ExecPeer(const ExecOptions& options, const FramingOptions& output, Duration linger, ExecEnds ends,
           StageContext& context);
  /// Ends a child that still runs.
  ~ExecPeer() override;

  /// Starts the child. Before the run.
  Status open() override;

  /// On the thread that writes: as the calls of Sink.
  Result<Next> write(const Batch& batch) override;
  Status flush() override { return writer_ ? writer_->flush() : Done{}; }
  /// Closes the child's input.
  void end_input() override;

  /// On the thread that reads: as Source::read. It has finished when the child has exited, whose
  /// bad end is an error.
  Result<Next> read(Batch& batch) override;
  std::unique_ptr<Loader> make_loader() const override { return reading_.make_loader(); }

  /// Waits until the child has exited, or stop(); its bad end is an error. On the thread that
  /// reads, or that writes when nobody reads. Answers the same when it is called again.
  Status wait_for_exit();

  /// From any thread, any number of times.
  void stop() noexcept override;

 private:
  Status start(int input, int output);
  const std::string& program() const { return command_.arguments.front(); }

  ChildCommand command_;
  OnExit on_exit_;
  ExecEnds ends_;
  StageContext& context_;
  FileReading reading_;
  InterruptibleIo io_;  ///< For the writer.
  std::unique_ptr<ChildLog> log_;
  std::mutex starting_;  ///< stop() may come while the child is started.
  std::unique_ptr<ChildProcess> child_;
  std::unique_ptr<Input> output_;
  File input_;
  std::optional<RawWriter> writer_;  ///< Writes to input_, while that is open.
  std::optional<Status> end_;        ///< The child has exited.
};

}  // namespace sluice
