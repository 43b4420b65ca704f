#include "stages/support/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>

namespace sluice {

Wakeup::~Wakeup() {
  if (fd() >= 0) ::close(fd());
}

Status Wakeup::open() {
  if (fd() >= 0) return Done{};
  const int made = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (made < 0) return io_error("cannot make an event descriptor", errno);
  fd_.store(made, std::memory_order_release);
  if (signalled()) signal();
  return Done{};
}

void Wakeup::signal() noexcept {
  signalled_.store(true, std::memory_order_release);
  if (fd() < 0) return;
  const std::uint64_t one = 1;
  // Fails only when the counter is at its end: then the signal is on already.
  [[maybe_unused]] const ssize_t written = ::write(fd(), &one, sizeof one);
}

bool Wakeup::wait(Io& io, std::chrono::nanoseconds limit) const {
  pollfd signal{fd(), POLLIN, 0};
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  io.poll(&signal, 1, static_cast<int>(whole));
  return signalled();
}

int InterruptibleIo::poll_with_wakeup(int fd, short events, int timeout_ms) {
  std::array<pollfd, 2> both{{{fd, events, 0}, {wakeup_.fd(), POLLIN, 0}}};
  while (true) {
    const int ready = below().poll(both.data(), both.size(), timeout_ms);
    if (ready >= 0 || errno != EINTR) return ready;
  }
}

bool InterruptibleIo::wait_readable(int fd, std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds longest{std::numeric_limits<int>::max()};
  return poll_with_wakeup(fd, POLLIN, static_cast<int>(std::min(limit, longest).count())) != 0;
}

ssize_t InterruptibleIo::read(int fd, void* to, std::size_t count) {
  while (true) {
    if (poll_with_wakeup(fd, POLLIN, -1) < 0) return -1;
    if (interrupted()) {
      errno = ECANCELED;
      return -1;
    }
    const ssize_t result = below().read(fd, to, count);
    // Another reader of the same pipe may have been faster.
    if (result >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return result;
  }
}

ssize_t InterruptibleIo::writev(int fd, const iovec* pieces, int count) {
  while (true) {
    if (interrupted()) {
      errno = ECANCELED;
      return -1;
    }
    const ssize_t result = below().writev(fd, pieces, count);
    if (result >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return result;
    if (poll_with_wakeup(fd, POLLOUT, -1) < 0) return -1;
  }
}

}  // namespace sluice
