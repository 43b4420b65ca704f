#include "stages/support/pipe_pace.h"

#include <fcntl.h>

namespace sluice {

bool is_large_pipe(int fd) noexcept {
  constexpr int large_pipe_bytes = 1 << 20;
  return ::fcntl(fd, F_GETPIPE_SZ) >= large_pipe_bytes;  // NOLINT(*-vararg)
}

}  // namespace sluice
