// What a child process writes to standard error, on its way to the log.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <thread>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "stages/support/said_lines.h"
#include "stages/support/wakeup.h"

namespace sluice {

/// Passes on line by line what is written into a pipe (said_lines.h), on a thread of its own, so
/// that nobody who writes there waits. One thread at a time.
class ChildLog {
 public:
  using Listener = SaidLines::Listener;

  /// `listener` is called on the thread of its own.
  static Result<std::unique_ptr<ChildLog>> open(Clock& clock, Listener listener);
  ChildLog(const ChildLog&) = delete;
  ChildLog& operator=(const ChildLog&) = delete;
  ~ChildLog();

  /// The end to write to, for a child; until close_writer().
  int writer() const noexcept { return writer_; }
  /// To be called when the child has it.
  void close_writer() noexcept;
  /// Passes on what was written so far, and no more after that; answers the last line of it.
  std::string finish();

 private:
  ChildLog(Clock& clock, Listener listener, int reader, int writer);
  void run();
  /// Takes what there is, without waiting, but no more than so much; false at the end.
  bool read_some(std::size_t most);

  SaidLines lines_;
  SaidText text_;
  int reader_;
  int writer_;
  Wakeup wakeup_;
  std::thread thread_;
};

}  // namespace sluice
