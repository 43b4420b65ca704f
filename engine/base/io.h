// The one door to files and sockets. Stages open, read, write and connect only through Io, so that
// a test can make the N-th call fail, be short or be interrupted. Not behind it: what OpenSSL does
// with its sockets, and what the kernel moves from one descriptor to the other.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "engine/base/result.h"

namespace sluice {

/// The system calls sluice uses, each as the kernel has it: -1 and errno on failure. Thread-safe.
/// A test derives from it and forwards to the base for calls that are to succeed.
class Io {
 public:
  Io() = default;
  Io(const Io&) = delete;
  Io& operator=(const Io&) = delete;
  virtual ~Io() = default;

  virtual int open(const char* path, int flags, mode_t mode);
  virtual int close(int fd);
  virtual ssize_t read(int fd, void* to, std::size_t count);
  virtual ssize_t pread(int fd, void* to, std::size_t count, off_t offset);
  virtual ssize_t write(int fd, const void* from, std::size_t count);
  virtual ssize_t writev(int fd, const iovec* pieces, int count);
  virtual int fstat(int fd, struct stat* out);
  virtual int stat(const char* path, struct stat* out);
  virtual int fsync(int fd);
  virtual int rename(const char* from, const char* to);
  /// As rename, but it replaces nothing: EEXIST when something is at `to`.
  virtual int rename_new(const char* from, const char* to);
  virtual int unlink(const char* path);
  virtual int mkdir(const char* path, mode_t mode);
  virtual int flock(int fd, int operation);
  virtual int fadvise(int fd, off_t offset, off_t length, int advice);
  virtual int poll(pollfd* fds, nfds_t count, int timeout_ms);
  virtual int connect(int fd, const sockaddr* peer, socklen_t length);
  /// The descriptor is in non-blocking mode.
  virtual int accept(int fd, sockaddr* peer, socklen_t* length);
  virtual int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags);
  virtual int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags);

  /// The real thing.
  static Io& system() noexcept;
};

/// An open descriptor and its name; closed at the end. Move-only. One thread at a time, except
/// read_at, which any number of threads may call at once. Errors carry the name and, where it is
/// known, the offset.
class File {
 public:
  File() = default;
  /// Takes over `fd`, which the destructor closes unless `owned` is false (stdin, stdout).
  File(Io& io, int fd, std::string name, bool owned = true) noexcept
      : io_(&io), fd_(fd), owned_(owned), name_(std::move(name)) {}
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  static Result<File> open(Io& io, const std::string& path, int flags, mode_t mode = 0666);

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }
  const std::string& name() const noexcept { return name_; }
  Io& io() const noexcept { return *io_; }

  Result<struct stat> status() const;

  /// At most out.size() bytes from the current position; 0 at the end. Repeats on EINTR.
  Result<std::size_t> read(std::span<char> out);
  /// Fills `out` from `offset`, less only at the end of the file.
  Result<std::size_t> read_at(std::span<char> out, std::uint64_t offset) const;
  /// Writes all of it, over short writes and EINTR.
  Status write_all(std::span<const char> data);
  /// Writes all pieces; changes the array while it works.
  Status write_all(std::span<iovec> pieces);

  /// Closes now and reports what close said.
  Status close();

 private:
  Io* io_ = nullptr;
  int fd_ = -1;
  bool owned_ = true;
  std::string name_;
};

}  // namespace sluice
