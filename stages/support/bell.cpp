#include "stages/support/bell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace sluice {

Bell::~Bell() {
  if (fd_ >= 0) ::close(fd_);
}

Status Bell::open() {
  fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd_ < 0) return io_error("cannot make an event descriptor", errno);
  return Done{};
}

void Bell::ring() noexcept {
  const std::uint64_t one = 1;
  // Fails only when the counter is at its end: then it rings already.
  [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
}

void Bell::clear() noexcept {
  std::uint64_t count = 0;
  // Fails only when it does not ring.
  [[maybe_unused]] const ssize_t taken = ::read(fd_, &count, sizeof count);
}

}  // namespace sluice
