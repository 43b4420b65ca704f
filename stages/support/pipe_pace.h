// How soon to come back to a pipe that the other side fills or empties in small steps.
//
// A pipe can be written to again as soon as its reader has taken one page, and read from as soon as
// its writer has put one line there. Who comes back at once each time interrupts the other one for
// every few KiB, which can cost a busy program as much time again as its work. While a large pipe
// is far from empty, or from full, it does no harm to come back a moment later.
#pragma once

#include <chrono>
#include <cstddef>

namespace sluice {

/// In this time a fast program takes or gives less than a large pipe holds.
inline constexpr std::chrono::milliseconds pipe_pause{1};
/// Who moved less at once than this had better pause.
inline constexpr std::size_t little_for_pipe = 64 << 10;

/// True when `fd` is a pipe that holds 1 MiB: of a smaller one, the other side would have to wait.
bool is_large_pipe(int fd) noexcept;

}  // namespace sluice
