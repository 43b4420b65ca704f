#include "tools/sluice/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "engine/base/escape.h"
#include "engine/base/result.h"

namespace sluice {
namespace {

/// 0, or the errno of the write that failed.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

void occupy_standard_descriptors() noexcept {
  for (int wanted = STDIN_FILENO; wanted <= STDERR_FILENO; ++wanted) {
    if (::fcntl(wanted, F_GETFD) >= 0) continue;  // NOLINT(*-vararg)
    // Opened the wrong way round; the lowest free number is the wanted one, as those below are
    // taken.
    const int flags = wanted == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    static_cast<void>(::open("/dev/null", flags));  // NOLINT(*-vararg)
  }
}

int print_out(std::string_view text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == 0 || error == EPIPE) return number_of(ExitStatus::done);
  print_mistake(to_string(io_error("cannot write to stdout", error)));
  return number_of(ExitStatus::failed);
}

void print_error(std::string_view text) { write_all(STDERR_FILENO, text); }

void print_mistake(std::string_view message, std::string_view hint) {
  std::string text = "error: " + escape(message) + "\n";
  if (!hint.empty()) text += "  hint: " + escape(hint) + "\n";
  print_error(text);
}

}  // namespace sluice
