// One run of a child over one piece of input, among others: what it writes is passed on when it is
// its turn, and held until then.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/base/io.h"
#include "engine/base/large_memory.h"
#include "engine/base/result.h"
#include "stages/support/child_process.h"
#include "stages/support/pipe_pace.h"
#include "stages/support/said_lines.h"

namespace sluice {

/// Memory for what a run holds; can be used for another one when it is over.
struct HeldOutput {
  LargeBlock memory;
  std::size_t size = 0;
};
HeldOutput make_held_output(std::size_t size);

/// Never waits by itself: somebody polls for several of them. One thread.
class ChildRun {
 public:
  /// Starts the child with `input` as its standard input, which is a file that nobody else reads.
  /// What it writes to standard error is said. `held` is for its output. Errors: io, with the
  /// program as the file.
  static Result<std::unique_ptr<ChildRun>> start(const ChildCommand& command, const File& input,
                                                 HeldOutput held, Io& io, SaidLines& said);

  static constexpr std::size_t descriptor_count = 3;
  using Descriptors = std::array<pollfd, descriptor_count>;
  /// What to poll for: its output only while there is room for it, and it does not rest().
  Descriptors awaited() const noexcept;
  /// Does what poll has found can be done. `out`: the pipe that its output goes to, when it is its
  /// turn; else null.
  Status go_on(std::span<const pollfd> found, const File* out);
  /// Writes what is held to the pipe `out`, as far as there is room.
  Status pass_on(const File& out);

  /// It writes little at once, and is not to be interrupted each time (pipe_pace.h): go_on() is to
  /// be called after pipe_pause, whatever poll finds.
  bool rests() const noexcept { return rests_; }

  bool holds_output() const noexcept { return begin_ < end_; }
  /// False: it waits for somebody to take its output.
  bool has_room() const noexcept { return end_ < held_.size; }
  /// When it is over.
  HeldOutput take_memory() noexcept { return std::move(held_); }

  /// How it ended, when it has closed its output and has exited.
  const std::optional<ChildExit>& exit() const noexcept { return exit_; }
  /// The last line that it wrote to standard error.
  const std::string& last_line() const noexcept { return text_.last_line(); }

  /// Becomes readable when the child has exited.
  int descriptor() const noexcept { return child_->descriptor(); }
  /// Signals all of its group.
  void signal(int number) noexcept { child_->signal(number); }

 private:
  ChildRun(std::unique_ptr<ChildProcess> child, File output, File errors, HeldOutput held,
           SaidLines& said) noexcept
      : child_(std::move(child)),
        output_(std::move(output)),
        errors_(std::move(errors)),
        held_(std::move(held)),
        is_large_pipe_(is_large_pipe(output_.fd())),
        said_(said) {}
  ssize_t splice_output(const File& out);
  ssize_t read_output();
  Status take_output(const File* out);
  void read_errors(std::size_t most);

  std::unique_ptr<ChildProcess> child_;
  File output_;
  File errors_;
  HeldOutput held_;
  bool is_large_pipe_ = false;
  bool rests_ = false;
  std::size_t begin_ = 0;  ///< Of what is held.
  std::size_t end_ = 0;
  SaidLines& said_;
  SaidText text_;
  std::optional<ChildExit> exit_;
};

}  // namespace sluice
