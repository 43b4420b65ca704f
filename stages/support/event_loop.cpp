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
  return control(EPOLL_CTL_ADD, fd, whose, Until::readable);
}

Status EventLoop::wait(int fd, void* whose, Until until) {
  return control(EPOLL_CTL_MOD, fd, whose, until);
}

Status EventLoop::control(int operation, int fd, void* whose, Until until) {
  epoll_event event{};
  // A stream that has ended can be read for ever, which does not help who wants to write.
  event.events = until == Until::readable ? EPOLLIN | EPOLLRDHUP : EPOLLOUT;
  event.data.ptr = whose;
  if (::epoll_ctl(epoll_, operation, fd, &event) == 0) return Done{};
  return io_error("cannot watch a descriptor", errno);
}

void EventLoop::remove(int fd) noexcept {
  epoll_event ignored{};
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &ignored);
  std::erase_if(due_, [&](const Due& due) { return due.fd == fd; });
}

void EventLoop::again(int fd, void* whose) {
  if (!is_due(fd)) due_.push_back({fd, whose});
}

bool EventLoop::is_due(int fd) const noexcept {
  return std::any_of(due_.begin(), due_.end(), [&](const Due& due) { return due.fd == fd; });
}

Result<void*> EventLoop::next(std::optional<std::chrono::nanoseconds> limit) {
  if (woken()) return static_cast<void*>(nullptr);
  const bool has_due = !due_.empty();
  // One at a time: the kernel puts it behind the others that can be read.
  epoll_event event{};
  int count = 0;
  while (!has_due || was_due_) {
    count = ::epoll_wait(epoll_, &event, 1, has_due ? 0 : milliseconds_of(limit));
    if (count >= 0) break;
    if (errno != EINTR) return io_error("cannot wait for events", errno);
  }
  was_due_ = count == 0 && has_due;
  if (count > 0) return event.data.ptr;
  if (!has_due) return static_cast<void*>(nullptr);
  void* const whose = due_.front().whose;
  due_.pop_front();
  return whose;
}

}  // namespace sluice
