// A child process: started without a shell, in a process group of its own, and never left behind.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace sluice {

/// What to run.
struct ChildCommand {
  std::vector<std::string> arguments;    ///< The first one is the program, found in PATH.
  std::vector<std::string> environment;  ///< NAME=VALUE each, beside or in place of our own.
  std::string working_directory;         ///< Empty: our own.
};

/// How a process ended.
struct ChildExit {
  int status = 0;
  int signal = 0;  ///< That ended it; 0: none did.
  bool is_success() const noexcept { return status == 0 && signal == 0; }
};
/// "exited with status 3", "was ended by signal 9 (Killed)".
std::string describe(const ChildExit& exit);
/// The error of a run that fails for it; `last_line` is what it said last, or empty.
Error bad_exit(const std::string& program, const ChildExit& exit, const std::string& last_line);

/// Both ends of a pipe, closed with the program that is started; neither is one of 0, 1 and 2.
struct PipeEnds {
  int read = -1;
  int write = -1;
};
Result<PipeEnds> make_pipe();

/// One that runs, or has ended and was not reaped yet. It has the default signal handling and no
/// descriptors but its three streams. One thread at a time, but for signal().
class ChildProcess {
 public:
  /// What become its standard streams; -1: /dev/null. They stay the caller's to close.
  struct Streams {
    int input = -1;
    int output = -1;
    int errors = -1;
  };
  /// Errors: io, with the program as the file, when it is not there or cannot be run. REQUIRES:
  /// there is a program.
  static Result<std::unique_ptr<ChildProcess>> start(const ChildCommand& command,
                                                     const Streams& streams);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// One that still runs is ended, with all of its group: it is asked to, and killed a second
  /// later.
  ~ChildProcess();

  /// Becomes readable when the process has ended (a pidfd).
  int descriptor() const noexcept { return descriptor_; }
  /// Waits for its end. Once.
  ChildExit reap();
  /// Sends a signal to its group, unless it was reaped. From any thread.
  void signal(int number) noexcept;

 private:
  ChildProcess(pid_t process, int descriptor) noexcept
      : process_(process), descriptor_(descriptor) {}

  pid_t process_;
  int descriptor_;
  std::mutex mutex_;  ///< Its number is another's as soon as it is reaped.
  bool reaped_ = false;
};

}  // namespace sluice
