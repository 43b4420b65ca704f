// Text for the person or script that started the program.
#pragma once

#include <string>
#include <string_view>

#include "tools/sluice/exit_status.h"

namespace sluice {

/// Gives descriptors 0 to 2 that are closed a place-holder whose use fails with EBADF. To be called
/// first: otherwise the next files to be opened would become stdin, stdout and stderr.
void occupy_standard_descriptors() noexcept;

/// Writes all of `text` to stdout. A reader that has gone away (`| head`) is no error. Answers the
/// exit status of a command that does nothing else: done, or failed when it could not be written.
int print_out(std::string_view text);

/// Writes all of `text` to stderr.
void print_error(std::string_view text);

/// `error: MESSAGE` on stderr, and below it the hint, if there is one. Both are escaped.
void print_mistake(std::string_view message, std::string_view hint = {});

}  // namespace sluice
