#include "engine/base/io.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>

namespace sluice {

int Io::open(const char* path, int flags, mode_t mode) {
  return ::open(path, flags | O_CLOEXEC, mode);  // NOLINT(cppcoreguidelines-pro-type-vararg)
}
int Io::close(int fd) { return ::close(fd); }
ssize_t Io::read(int fd, void* to, std::size_t count) { return ::read(fd, to, count); }
ssize_t Io::pread(int fd, void* to, std::size_t count, off_t offset) {
  return ::pread(fd, to, count, offset);
}
ssize_t Io::write(int fd, const void* from, std::size_t count) { return ::write(fd, from, count); }
ssize_t Io::writev(int fd, const iovec* pieces, int count) { return ::writev(fd, pieces, count); }
int Io::fstat(int fd, struct stat* out) { return ::fstat(fd, out); }
int Io::stat(const char* path, struct stat* out) { return ::stat(path, out); }
int Io::fsync(int fd) { return ::fsync(fd); }
int Io::rename(const char* from, const char* to) { return ::rename(from, to); }
int Io::rename_new(const char* from, const char* to) {
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL) return -1;
  // The file system knows no such thing. A second name cannot replace anything either.
  return ::link(from, to) == 0 ? ::unlink(from) : -1;
}
int Io::unlink(const char* path) { return ::unlink(path); }
int Io::mkdir(const char* path, mode_t mode) { return ::mkdir(path, mode); }
int Io::flock(int fd, int operation) { return ::flock(fd, operation); }
int Io::fadvise(int fd, off_t offset, off_t length, int advice) {
  return ::posix_fadvise(fd, offset, length, advice);
}
int Io::poll(pollfd* fds, nfds_t count, int timeout_ms) { return ::poll(fds, count, timeout_ms); }
int Io::connect(int fd, const sockaddr* peer, socklen_t length) {
  return ::connect(fd, peer, length);
}
int Io::accept(int fd, sockaddr* peer, socklen_t* length) {
  return ::accept4(fd, peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
int Io::recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  return ::recvmmsg(fd, messages, count, flags, nullptr);
}
int Io::sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  return ::sendmmsg(fd, messages, count, flags);
}

Io& Io::system() noexcept {
  static Io io;
  return io;
}

File::File(File&& other) noexcept
    : io_(other.io_),
      fd_(std::exchange(other.fd_, -1)),
      owned_(other.owned_),
      name_(std::move(other.name_)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0 && owned_) io_->close(fd_);
    io_ = other.io_;
    fd_ = std::exchange(other.fd_, -1);
    owned_ = other.owned_;
    name_ = std::move(other.name_);
  }
  return *this;
}

File::~File() {
  if (fd_ >= 0 && owned_) io_->close(fd_);
}

Result<File> File::open(Io& io, const std::string& path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = io.open(path.c_str(), flags, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return io_error("cannot open", errno, path);
  return File(io, fd, path);
}

Result<struct stat> File::status() const {
  struct stat out {};
  if (io_->fstat(fd_, &out) != 0) return io_error("cannot read the status", errno, name_);
  return out;
}

Result<std::size_t> File::read(std::span<char> out) {
  while (true) {
    const ssize_t count = io_->read(fd_, out.data(), out.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return io_error("cannot read", errno, name_);
  }
}

Result<std::size_t> File::read_at(std::span<char> out, std::uint64_t offset) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count =
        io_->pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      Error error = io_error("cannot read", errno, name_);
      error.offset = offset + done;
      return error;
    }
  }
  return done;
}

Status File::write_all(std::span<const char> data) {
  while (!data.empty()) {
    const ssize_t count = io_->write(fd_, data.data(), data.size());
    if (count >= 0) {
      data = data.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return io_error("cannot write", errno, name_);
    }
  }
  return Done{};
}

Status File::write_all(std::span<iovec> pieces) {
  while (!pieces.empty()) {
    const int batch = static_cast<int>(std::min<std::size_t>(pieces.size(), IOV_MAX));
    const ssize_t count = io_->writev(fd_, pieces.data(), batch);
    if (count < 0) {
      if (errno == EINTR) continue;
      return io_error("cannot write", errno, name_);
    }
    auto left = static_cast<std::size_t>(count);
    while (!pieces.empty() && left >= pieces.front().iov_len) {
      left -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
    if (left > 0) {
      iovec& first = pieces.front();
      first.iov_base = static_cast<char*>(first.iov_base) + left;
      first.iov_len -= left;
    }
  }
  return Done{};
}

Status File::close() {
  const int fd = std::exchange(fd_, -1);
  if (fd < 0 || !owned_) return Done{};
  if (io_->close(fd) != 0) return io_error("cannot close", errno, name_);
  return Done{};
}

}  // namespace sluice
