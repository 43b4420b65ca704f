#include "stages/support/event_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace sluice {
namespace {

int milliseconds_of(std::optional<std::chrono::nanoseconds> limit) {
  if (!limit) return -1;
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(*limit).count();
  return static_cast<int>(std::clamp<std::int64_t>(whole, 0, std::numeric_limits<int>::max()));
}

}  // namespace

EventLoop::~EventLoop() {
  if (epoll_ >= 0) ::close(epoll_);
}

Status EventLoop::open() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return io_error("cannot make an event loop", errno);
  if (Status made = wakeup_.open(); !made) return made;
  return add(wakeup_.fd(), nullptr);
}

Status EventLoop::add(int fd, void* whose) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  event.data.ptr = whose;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0) return Done{};
  return io_error("cannot watch a descriptor", errno);
}

void EventLoop::remove(int fd) noexcept {
  epoll_event ignored{};
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &ignored);
}

Result<void*> EventLoop::next(std::optional<std::chrono::nanoseconds> limit) {
  if (woken()) return static_cast<void*>(nullptr);
  // One at a time: the kernel puts it behind the others that can be read.
  epoll_event event{};
  while (true) {
    const int count = ::epoll_wait(epoll_, &event, 1, milliseconds_of(limit));
    if (count > 0) return event.data.ptr;
    if (count == 0) return static_cast<void*>(nullptr);
    if (errno != EINTR) return io_error("cannot wait for events", errno);
  }
}

}  // namespace sluice
