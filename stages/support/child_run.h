// One run of a child over one piece of input, among others: what it writes is held until its turn
// comes.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/child_process.h"
#include "stages/support/said_lines.h"

namespace sluice {

/// Never waits by itself: somebody polls for several of them. One thread.
class ChildRun {
 public:
  /// Starts the child with `input` as its standard input, which is a file that nobody else reads.
  /// What it writes to standard error is said. Errors: io, with the program as the file.
  static Result<std::unique_ptr<ChildRun>> start(const ChildCommand& command, const File& input,
                                                 Io& io, SaidLines& said);

  static constexpr std::size_t descriptor_count = 3;
  using Descriptors = std::array<pollfd, descriptor_count>;
  /// What to poll for; its output only while it `has_room`.
  Descriptors awaited(bool has_room) const noexcept;
  /// Does what poll has found can be done, and reads at most scratch.size() bytes of output.
  Status go_on(std::span<const pollfd> found, std::span<char> scratch);

  /// What it has written, and nobody has taken yet.
  std::string_view held() const noexcept { return std::string_view(held_).substr(taken_); }
  void take(std::size_t count) noexcept;

  /// How it ended, when it has closed its output and has exited.
  const std::optional<ChildExit>& exit() const noexcept { return exit_; }
  /// The last line that it wrote to standard error.
  const std::string& last_line() const noexcept { return text_.last_line(); }

  /// Becomes readable when the child has exited.
  int descriptor() const noexcept { return child_->descriptor(); }
  /// Signals all of its group.
  void signal(int number) noexcept { child_->signal(number); }

 private:
  ChildRun(std::unique_ptr<ChildProcess> child, File output, File errors, SaidLines& said) noexcept
      : child_(std::move(child)),
        output_(std::move(output)),
        errors_(std::move(errors)),
        said_(said) {}
  Status read_output(std::span<char> scratch);
  void read_errors(std::size_t most);

  std::unique_ptr<ChildProcess> child_;
  File output_;
  File errors_;
  SaidLines& said_;
  SaidText text_;
  std::string held_;
  std::size_t taken_ = 0;  ///< Bytes of held_.
  std::optional<ChildExit> exit_;
};

}  // namespace sluice
