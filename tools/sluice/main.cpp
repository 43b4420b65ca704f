// The program `sluice`: from the command line to one of the commands.

#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "tools/sluice/command_line.h"
#include "tools/sluice/commands.h"
#include "tools/sluice/console.h"
#include "tools/sluice/exit_status.h"
#include "tools/sluice/signal_watch.h"

namespace sluice {
namespace {

struct Dispatch {
  int operator()(const RunOptions& options) const { return run_command(options); }
  int operator()(const ValidateOptions& options) const { return validate_command(options); }
  int operator()(const ExplainOptions& options) const { return explain_command(options); }
  int operator()(const StagesOptions& options) const { return stages_command(options); }
  int operator()(const ControlOptions& options) const { return control_command(options); }
  int operator()(const VersionOptions& /*options*/) const { return version_command(); }
  int operator()(const HelpText& help) const { return print_out(help.text); }
  int operator()(const UsageMistake& mistake) const {
    if (mistake.shown.empty()) {
      print_mistake(mistake.message, mistake.hint);
    } else {
      print_error(mistake.shown);
    }
    return number_of(ExitStatus::usage);
  }
};

}  // namespace
}  // namespace sluice

int main(int argument_count, char** arguments) {
  sluice::occupy_standard_descriptors();
  try {
    const std::vector<std::string> words(arguments + (argument_count > 0 ? 1 : 0),
                                         arguments + argument_count);
    return std::visit(sluice::Dispatch{}, sluice::read_command_line(words));
  } catch (const std::bad_alloc&) {
    sluice::print_mistake("out of memory", "lower engine.memory, or raise the limit (ulimit -v)");
    return sluice::number_of(sluice::ExitStatus::failed);
  } catch (const std::system_error& error) {
    // Of what is called, only the start of a thread throws these.
    sluice::print_mistake(std::string("cannot start a thread: ") + error.what(),
                          "lower engine.threads, or raise the limits (ulimit -u, ulimit -v)");
    return sluice::number_of(sluice::ExitStatus::failed);
  } catch (const std::exception& error) {
    sluice::print_mistake(error.what());  // A defect: nothing else lets an exception get here.
    return sluice::number_of(sluice::ExitStatus::failed);
  }
}
