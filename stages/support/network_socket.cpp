#include "stages/support/network_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using SteadyClock = std::chrono::steady_clock;

int kernel_type(SocketType type) {
  return (type == SocketType::stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
}

Result<File> make_socket(Io& io, const SocketAddress& address, SocketType type) {
  const int fd = ::socket(address.family(), kernel_type(type), 0);
  if (fd < 0) return io_error("cannot make a socket", errno, address.text());
  return File(io, fd, address.text());
}

Status set_option(const File& file, int level, int option, int value) {
  if (::setsockopt(file.fd(), level, option, &value, sizeof value) == 0) return Done{};
  return io_error("cannot set up the socket", errno, file.name());
}

/// True when a Unix socket is at the address and no process has it open.
bool is_abandoned(Io& io, const SocketAddress& address, const std::string& path, SocketType type) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const Result<File> probe = make_socket(io, address, type);
  if (!probe) return false;
  return io.connect(probe.value().fd(), address.get(), address.length) != 0 &&
         errno == ECONNREFUSED;
}

Status bind_at(Io& io, const File& file, const SocketAddress& address, const std::string& path,
               SocketType type) {
  if (::bind(file.fd(), address.get(), address.length) == 0) return Done{};
  int error = errno;
  if (error == EADDRINUSE && !path.empty() && is_abandoned(io, address, path, type) &&
      io.unlink(path.c_str()) == 0) {
    if (::bind(file.fd(), address.get(), address.length) == 0) return Done{};
    error = errno;
  }
  return io_error("cannot bind", error, address.text());
}

Status set_up(const File& file, const SocketAddress& address, bool every_address, SocketType type) {
  // Of a datagram socket it would let others take the same port, and the datagrams with it.
  if (type == SocketType::stream && address.family() != AF_UNIX) {
    if (Status done = set_option(file, SOL_SOCKET, SO_REUSEADDR, 1); !done) return done;
  }
  if (address.family() != AF_INET6) return Done{};
  return set_option(file, IPPROTO_IPV6, IPV6_V6ONLY, every_address ? 0 : 1);
}

Result<BoundSocket> bind_candidate(Io& io, const SocketAddress& candidate,
                                   const NetworkAddress& address, SocketType type, int backlog) {
  Result<File> made = make_socket(io, candidate, type);
  if (!made) return std::move(made).error();
  const File& file = made.value();
  const bool every_address = !address.is_unix() && address.host().empty();
  if (Status done = set_up(file, candidate, every_address, type); !done) {
    return std::move(done).error();
  }
  if (Status done = bind_at(io, file, candidate, address.path(), type); !done) {
    return std::move(done).error();
  }
  SocketAddress bound;
  bound.length = sizeof bound.storage;
  if (::getsockname(file.fd(), bound.get(), &bound.length) != 0) {
    return io_error("cannot ask for the address", errno, candidate.text());
  }
  BoundSocket socket(std::move(made).value(), bound.text(), address.path());
  if (type == SocketType::stream && ::listen(socket.fd(), backlog) != 0) {
    return io_error("cannot listen", errno, socket.name());
  }
  return socket;
}

int milliseconds_until(SteadyClock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
  return static_cast<int>(
      std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
}

/// Waits for a connection under way: 0, or the errno it ended with.
int await_connection(Io& io, int fd, SteadyClock::time_point deadline, int cancel) {
  std::array<pollfd, 2> both{{{fd, POLLOUT, 0}, {cancel, POLLIN, 0}}};
  while (true) {
    const int ready = io.poll(both.data(), both.size(), milliseconds_until(deadline));
    if (ready == 0) return ETIMEDOUT;
    if (ready < 0 && errno != EINTR) return errno;
    if (ready < 0) continue;
    if (both[1].revents != 0) return ECANCELED;
    int error = 0;
    socklen_t length = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
  }
}

/// 0, or the errno of the failure.
int connect_candidate(Io& io, int fd, const SocketAddress& candidate,
                      SteadyClock::time_point deadline, int cancel) {
  if (io.connect(fd, candidate.get(), candidate.length) == 0) return 0;
  // A full queue of a Unix socket is EAGAIN, and there is nothing to wait for.
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  return await_connection(io, fd, deadline, cancel);
}

}  // namespace

BoundSocket::SocketFile::~SocketFile() {
  struct stat now {};
  const bool is_ours =
      ::lstat(path.c_str(), &now) == 0 && now.st_dev == made.st_dev && now.st_ino == made.st_ino;
  if (is_ours) io->unlink(path.c_str());
}

BoundSocket::BoundSocket(File file, std::string name, const std::string& path)
    : file_(std::move(file)), name_(std::move(name)) {
  if (path.empty()) return;
  socket_file_ = std::make_unique<SocketFile>();
  socket_file_->io = &file_.io();
  socket_file_->path = path;
  ::lstat(path.c_str(), &socket_file_->made);
}

Result<BoundSocket> bind_socket(Io& io, const NetworkAddress& address, SocketType type,
                                int backlog) {
  Result<std::vector<SocketAddress>> candidates = resolve(address, type, Purpose::listen);
  if (!candidates) return std::move(candidates).error();
  std::optional<Error> first;
  for (const SocketAddress& candidate : candidates.value()) {
    Result<BoundSocket> bound = bind_candidate(io, candidate, address, type, backlog);
    if (bound) return bound;
    if (!first) first = std::move(bound).error();
  }
  return *std::move(first);
}

Result<std::optional<File>> accept_connection(const BoundSocket& listening) {
  SocketAddress peer;
  peer.length = sizeof peer.storage;
  int fd = -1;
  do {
    fd = listening.io().accept(listening.fd(), peer.get(), &peer.length);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return std::optional<File>(File(listening.io(), fd, peer.text()));
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EPROTO) {
    return std::optional<File>();
  }
  return io_error("cannot accept a connection", errno, listening.name());
}

Result<File> connect_socket(Io& io, const NetworkAddress& address, SocketType type,
                            std::chrono::nanoseconds time_out, int cancel) {
  Result<std::vector<SocketAddress>> candidates = resolve(address, type, Purpose::connect);
  if (!candidates) return std::move(candidates).error();
  const SteadyClock::time_point deadline = SteadyClock::now() + time_out;
  auto left = static_cast<std::int64_t>(candidates.value().size());
  std::optional<Error> first;
  for (const SocketAddress& candidate : candidates.value()) {
    const SteadyClock::time_point now = SteadyClock::now();
    const SteadyClock::time_point share = now + (deadline - now) / left--;
    Result<File> made = make_socket(io, candidate, type);
    int error = 0;
    if (made) error = connect_candidate(io, made.value().fd(), candidate, share, cancel);
    if (made && error == 0) return made;
    Error failure = made ? io_error("cannot connect", error, candidate.text()) : made.error();
    if (error == ECANCELED) {
      failure.code = ErrorCode::cancelled;
      return failure;
    }
    if (!first) first = std::move(failure);
  }
  return *std::move(first);
}

}  // namespace sluice
