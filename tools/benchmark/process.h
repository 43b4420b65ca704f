// Programs run and measured: a shell pipeline without the shell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace sluice::bench {

/// One program of a pipeline.
struct Command {
  std::vector<std::string> arguments;  ///< The program's path first.
  int highest_good_status = 0;         ///< 1 for grep and its kin: no line matched.
};

/// A program that is sent to over TCP.
struct Receiver {
  Command command;
  std::uint16_t port = 0;  ///< Where it listens, on this machine.
  /// When this file holds so many bytes, it has done its work and is asked to end (SIGTERM). 0: it
  /// ends by itself.
  std::string path;
  std::uint64_t bytes = 0;
};

/// Programs that run at once, the output of each being the input of the next. All share this
/// process's environment and stderr; the first one has no input.
struct Pipeline {
  std::vector<Command> commands;
  std::string output = "/dev/null";       ///< Created or emptied for the last one's stdout.
  std::optional<Receiver> receiver = {};  ///< Listens before any of them is started.
};

/// What one run of a pipeline took.
struct Usage {
  /// From before the first start (but that of a receiver) until the last one has ended or the
  /// receiver has done its work.
  double wall_seconds = 0;
  double cpu_seconds = 0;  ///< User and system, of all programs and what they started.
  /// The sum of the largest resident set sizes of the programs, so an upper bound of what they held
  /// at once. Of a program that starts others (as `rg -z` does) only the largest of them counts.
  std::uint64_t peak_bytes = 0;
};

/// Runs a pipeline to its end. An error if it cannot be started or one of its programs fails. The
/// calling process must have one thread only.
Result<Usage> run(const Pipeline& pipeline);

/// The path of a program in $PATH; a name with a slash is its own path. Nothing if there is none.
std::optional<std::string> find_program(std::string_view name);

}  // namespace sluice::bench
