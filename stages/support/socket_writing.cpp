#include "stages/support/socket_writing.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace sluice {
namespace {

Error error_at(const File& socket, ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.file = socket.name();
  return error;
}

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

int milliseconds_of(std::chrono::nanoseconds limit) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  return static_cast<int>(std::clamp<std::int64_t>(whole, 0, std::numeric_limits<int>::max()));
}

/// Waits for one of `events`.
Status await(const File& socket, short events, const SocketPatience& patience) {
  std::array<pollfd, 2> both{{{socket.fd(), events, 0}, {patience.cancel.fd(), POLLIN, 0}}};
  while (true) {
    if (patience.cancel.signalled()) {
      return error_at(socket, ErrorCode::cancelled, "the run is given up");
    }
    const int ready = socket.io().poll(both.data(), both.size(), milliseconds_of(patience.limit));
    if (ready > 0 && both[0].revents != 0) return Done{};
    if (ready == 0) return io_error("cannot go on", ETIMEDOUT, socket.name());
    if (ready < 0 && errno != EINTR) return io_error("cannot wait", errno, socket.name());
  }
}

enum class Dropped : std::uint8_t { all_there_was, end };

Result<Dropped> drop_answers(const File& socket) {
  std::array<char, 4096> answers{};
  while (true) {
    const ssize_t count = socket.io().read(socket.fd(), answers.data(), answers.size());
    if (count == 0) return Dropped::end;
    if (count < 0 && must_wait(errno)) return Dropped::all_there_was;
    if (count < 0 && errno != EINTR) return io_error("cannot read", errno, socket.name());
  }
}

}  // namespace

Status write_to(const File& socket, std::string_view& left, Answers answers,
                const SocketPatience& patience) {
  const bool drops = answers == Answers::drop;
  while (!left.empty()) {
    if (drops) {
      const Result<Dropped> dropped = drop_answers(socket);
      if (!dropped) return dropped.error();
      if (dropped.value() == Dropped::end) {
        return error_at(socket, ErrorCode::io, "the peer has closed the connection");
      }
    }
    const ssize_t count = socket.io().write(socket.fd(), left.data(), left.size());
    if (count >= 0) {
      left.remove_prefix(static_cast<std::size_t>(count));
    } else if (must_wait(errno)) {
      Status ready =
          await(socket, static_cast<short>(drops ? POLLOUT | POLLIN : POLLOUT), patience);
      if (!ready) return ready;
    } else if (errno != EINTR) {
      return io_error("cannot write", errno, socket.name());
    }
  }
  return Done{};
}

Status await_end_of(const File& socket, const SocketPatience& patience) {
  while (true) {
    const Result<Dropped> dropped = drop_answers(socket);
    if (!dropped) return dropped.error();
    if (dropped.value() == Dropped::end) return Done{};
    if (Status ready = await(socket, POLLIN, patience); !ready) return ready;
  }
}

Status end_writing(const File& socket) {
  if (::shutdown(socket.fd(), SHUT_WR) == 0) return Done{};
  return io_error("cannot end the stream", errno, socket.name());
}

}  // namespace sluice
