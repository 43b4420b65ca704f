#include "stages/support/exec_options.h"

#include <optional>
#include <utility>

namespace sluice {

ChildCommand command_of(const ExecOptions& options) {
  ChildCommand command;
  command.environment = options.environment;
  command.working_directory = options.working_directory;
  if (options.shell) {
    command.arguments = {"/bin/sh", "-c", options.command.text};
  } else if (!options.command.words.empty()) {
    command.arguments = options.command.words;
  } else {
    std::string why;
    command.arguments = split_words(options.command.text, why).value_or(std::vector<std::string>());
  }
  return command;
}

void check_exec(const ExecOptions& options, const OptionErrors& errors) {
  const CommandLine& command = options.command;
  std::string why;
  if (options.shell && !command.words.empty()) {
    errors.add("shell", "option.conflict", "option 'shell': a shell reads a text, not a list",
               "write `command` as one text, or leave out `shell`");
  } else if (!options.shell && command.words.empty()) {
    const std::optional<std::vector<std::string>> words = split_words(command.text, why);
    if (!words) {
      errors.add("command", "option.range", "option 'command': " + why);
    } else if (words->empty() || words->front().empty()) {
      errors.add("command", "option.range", "option 'command': it names no program");
    }
  } else if (!command.words.empty() && command.words.front().empty()) {
    errors.add("command", "option.range", "option 'command': it names no program");
  }
  for (const std::string& variable : options.environment) {
    const std::size_t equals = variable.find('=');
    if (equals != std::string::npos && equals > 0) continue;
    errors.add("environment", "option.range",
               "option 'environment': '" + variable + "' is not of the form NAME=VALUE");
  }
}

}  // namespace sluice
