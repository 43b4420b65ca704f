// An Io between a stage and another Io.
#pragma once

#include "engine/base/io.h"

namespace sluice {

/// Makes every call of the Io below it, which must outlive it: the base of those that change some.
/// As thread-safe as that.
class ForwardingIo : public Io {
 public:
  explicit ForwardingIo(Io& below) noexcept : below_(below) {}

  int open(const char* path, int flags, mode_t mode) override {
    return below_.open(path, flags, mode);
  }
  int close(int fd) override { return below_.close(fd); }
  ssize_t read(int fd, void* to, std::size_t count) override { return below_.read(fd, to, count); }
  ssize_t pread(int fd, void* to, std::size_t count, off_t offset) override {
    return below_.pread(fd, to, count, offset);
  }
  ssize_t write(int fd, const void* from, std::size_t count) override {
    return below_.write(fd, from, count);
  }
  ssize_t writev(int fd, const iovec* pieces, int count) override {
    return below_.writev(fd, pieces, count);
  }
  int fstat(int fd, struct stat* out) override { return below_.fstat(fd, out); }
  int stat(const char* path, struct stat* out) override { return below_.stat(path, out); }
  int fsync(int fd) override { return below_.fsync(fd); }
  int rename(const char* from, const char* to) override { return below_.rename(from, to); }
  int rename_new(const char* from, const char* to) override { return below_.rename_new(from, to); }
  int unlink(const char* path) override { return below_.unlink(path); }
  int mkdir(const char* path, mode_t mode) override { return below_.mkdir(path, mode); }
  int flock(int fd, int operation) override { return below_.flock(fd, operation); }
  int fadvise(int fd, off_t offset, off_t length, int advice) override {
    return below_.fadvise(fd, offset, length, advice);
  }
  int poll(pollfd* fds, nfds_t count, int timeout_ms) override {
    return below_.poll(fds, count, timeout_ms);
  }
  int connect(int fd, const sockaddr* peer, socklen_t length) override {
    return below_.connect(fd, peer, length);
  }
  int accept(int fd, sockaddr* peer, socklen_t* length) override {
    return below_.accept(fd, peer, length);
  }
  int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags) override {
    return below_.recvmmsg(fd, messages, count, flags);
  }
  int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) override {
    return below_.sendmmsg(fd, messages, count, flags);
  }

 protected:
  Io& below() const noexcept { return below_; }

 private:
  Io& below_;
};

}  // namespace sluice
