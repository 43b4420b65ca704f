// The exit status of the program. Scripts rely on these numbers.
#pragma once

namespace sluice {

enum class ExitStatus : int {
  done = 0,
  failed = 1,        ///< A pipeline failed while running, or was ended by --timeout.
  usage = 2,         ///< A mistake on the command line or in the config; nothing was read.
  records_lost = 3,  ///< Finished, but bad records were left out and --strict was given.
};

/// After a signal the status is this plus its number: 130 (SIGINT), 143 (SIGTERM).
constexpr int signal_exit_base = 128;

constexpr int number_of(ExitStatus status) noexcept { return static_cast<int>(status); }

}  // namespace sluice
