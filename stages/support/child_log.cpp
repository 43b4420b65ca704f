#include "stages/support/child_log.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "stages/support/child_process.h"

namespace sluice {
namespace {

/// What is read when it is over: a process that outlives its parent may write for ever.
constexpr std::size_t most_at_the_end = 1 << 20;

}  // namespace

Result<std::unique_ptr<ChildLog>> ChildLog::open(Clock& clock, Listener listener) {
  const Result<PipeEnds> pipe = make_pipe();
  if (!pipe) return pipe.error();
  std::unique_ptr<ChildLog> log(
      new ChildLog(clock, std::move(listener), pipe.value().read, pipe.value().write));
  ::fcntl(log->reader_, F_SETFL, O_NONBLOCK);  // NOLINT(*-vararg)
  Status prepared = log->wakeup_.open();
  if (!prepared) return std::move(prepared).error();
  log->thread_ = std::thread([own = log.get()] { own->run(); });
  return log;
}

ChildLog::ChildLog(Clock& clock, Listener listener, int reader, int writer)
    : lines_(clock, std::move(listener)), reader_(reader), writer_(writer) {}

ChildLog::~ChildLog() {
  finish();
  ::close(reader_);
}

void ChildLog::close_writer() noexcept {
  if (writer_ >= 0) ::close(std::exchange(writer_, -1));
}

std::string ChildLog::finish() {
  close_writer();
  wakeup_.signal();
  if (thread_.joinable()) thread_.join();
  return text_.last_line();
}

void ChildLog::run() {
  std::array<pollfd, 2> both{{{reader_, POLLIN, 0}, {wakeup_.fd(), POLLIN, 0}}};
  bool open = true;
  while (open && !wakeup_.signalled()) {
    if (::poll(both.data(), both.size(), -1) < 0 && errno != EINTR) break;
    open = read_some(std::numeric_limits<std::size_t>::max());
  }
  read_some(most_at_the_end);
  text_.finish(lines_);
  lines_.tell_left_out();
}

bool ChildLog::read_some(std::size_t most) {
  std::array<char, 4096> bytes{};
  for (std::size_t taken = 0; taken < most;) {
    const ssize_t count = ::read(reader_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    text_.take({bytes.data(), static_cast<std::size_t>(count)}, lines_);
    taken += static_cast<std::size_t>(count);
    // A child that never stops writing must not hold the end up.
    if (wakeup_.signalled() && most > most_at_the_end) return true;
  }
  return true;
}

}  // namespace sluice
