// What a child process writes to standard error, on its way to the log.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "stages/support/wakeup.h"

namespace sluice {

/// Passes on line by line what is written into a pipe, on a thread of its own, so that nobody who
/// writes there waits. A line is cut behind 1000 bytes; of more than 100 lines in a second, the
/// others are counted. One thread at a time.
class ChildLog {
 public:
  using Listener = std::function<void(const std::string& line)>;

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
  void take(std::string_view bytes);
  void end_line();
  void tell_left_out();

  Clock& clock_;
  Listener listener_;
  int reader_;
  int writer_;
  Wakeup wakeup_;
  std::string line_;
  std::string last_line_;
  std::int64_t second_began_ns_ = 0;
  std::uint64_t lines_in_second_ = 0;
  std::uint64_t left_out_ = 0;
  std::thread thread_;
};

}  // namespace sluice
