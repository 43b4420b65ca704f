// The commands, one source file each (NAME_command.cpp). Every function returns the exit status.
#pragma once

#include "tools/sluice/command_line.h"

namespace sluice {

int run_command(const RunOptions& options);
int validate_command(const ValidateOptions& options);
int explain_command(const ExplainOptions& options);
int stages_command(const StagesOptions& options);
int control_command(const ControlOptions& options);
int version_command();

}  // namespace sluice
