// The options that the stages `exec` share: what to run, and what its end means.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/declare.h"
#include "stages/support/child_process.h"
#include "stages/support/command_line.h"

namespace sluice {

/// What becomes of the run when the child exits with another status than 0, or a signal ends it.
enum class OnExit : std::uint8_t { fail, ignore };

template <>
struct EnumNames<OnExit> {
  static constexpr std::array<std::pair<std::string_view, OnExit>, 2> names{
      {{"fail", OnExit::fail}, {"ignore", OnExit::ignore}}};
};

struct ExecOptions {
  CommandLine command;
  bool shell = false;
  std::vector<std::string> environment;
  std::string working_directory;
  OnExit on_exit = OnExit::fail;
};

/// What to run. REQUIRES: check_exec found nothing wrong.
ChildCommand command_of(const ExecOptions& options);

/// Reports a command that cannot be one.
void check_exec(const ExecOptions& options, const OptionErrors& errors);

/// Adds the options of ExecOptions and their check.
template <class Options>
Declare<Options>& declare_exec_options(Declare<Options>& type) {
  return type.main("command")
      .template required<CommandLine>(
          "command", &Options::command,
          "The program and its arguments: a list, or one text that is split at blanks outside of "
          "quotes. The program is found in PATH.",
          NotEmpty{})
      .template option<bool>(
          "shell", &Options::shell,
          "Gives the text of `command` to `/bin/sh -c`, with all that a shell makes of it.")
      .template option<std::vector<std::string>>(
          "environment", &Options::environment,
          "Variables for the child, each as `NAME=VALUE`, beside those that sluice has.")
      .template option<std::string>("working_directory", &Options::working_directory,
                                    "The folder that the child starts in; that of sluice, if not "
                                    "given.")
      .template option<OnExit>(
          "on_exit", &Options::on_exit,
          "What an exit status other than 0, or a signal that ends the child, means: the run "
          "fails, or nothing (`ignore`).")
      .check(check_exec);
}

}  // namespace sluice
