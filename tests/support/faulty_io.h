// System calls that go wrong on demand.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "engine/base/io.h"

namespace sluice {

/// Real system calls, counted by kind, of which chosen ones fail or are short. Set up before use;
/// then thread-safe.
class FaultyIo final : public Io {
 public:
  enum class Call : std::uint8_t {
    open,
    close,
    read,
    pread,
    write,
    writev,
    fstat,
    stat,
    fsync,
    rename,
    unlink,
    mkdir,
    flock,
    poll,
    connect,
    accept,
    recvmmsg,
    sendmmsg
  };
  static constexpr std::size_t call_kinds = 18;

  /// The `nth` call of this kind (from 1) fails with `error`, and all later ones if `for_ever`. A
  /// close that fails has closed all the same, as on Linux.
  void fail(Call call, int nth, int error, bool for_ever = false) {
    Plan& plan = plan_of(call);
    plan.nth = nth;
    plan.error = error;
    plan.for_ever = for_ever;
  }
  /// No call of this kind (read, pread, write, writev) moves more than `most_bytes`.
  void shorten(Call call, std::size_t most_bytes) { plan_of(call).most_bytes = most_bytes; }
  /// How many calls of this kind there were.
  int count(Call call) const { return plans_[static_cast<std::size_t>(call)].count.load(); }

  int open(const char* path, int flags, mode_t mode) override {
    return fails(Call::open) ? -1 : Io::open(path, flags, mode);
  }
  int close(int fd) override {
    const int result = Io::close(fd);
    return fails(Call::close) ? -1 : result;
  }
  ssize_t read(int fd, void* to, std::size_t count) override {
    return fails(Call::read) ? -1 : Io::read(fd, to, shortened(Call::read, count));
  }
  ssize_t pread(int fd, void* to, std::size_t count, off_t offset) override {
    return fails(Call::pread) ? -1 : Io::pread(fd, to, shortened(Call::pread, count), offset);
  }
  ssize_t write(int fd, const void* from, std::size_t count) override {
    return fails(Call::write) ? -1 : Io::write(fd, from, shortened(Call::write, count));
  }
  ssize_t writev(int fd, const iovec* pieces, int count) override {
    if (fails(Call::writev)) return -1;
    const std::size_t most = plan_of(Call::writev).most_bytes;
    if (most == unlimited || count == 0) return Io::writev(fd, pieces, count);
    return Io::write(fd, pieces->iov_base, std::min(most, pieces->iov_len));
  }
  int fstat(int fd, struct stat* out) override {
    return fails(Call::fstat) ? -1 : Io::fstat(fd, out);
  }
  int stat(const char* path, struct stat* out) override {
    return fails(Call::stat) ? -1 : Io::stat(path, out);
  }
  int fsync(int fd) override { return fails(Call::fsync) ? -1 : Io::fsync(fd); }
  int rename(const char* from, const char* to) override {
    return fails(Call::rename) ? -1 : Io::rename(from, to);
  }
  int rename_new(const char* from, const char* to) override {
    return fails(Call::rename) ? -1 : Io::rename_new(from, to);
  }
  int unlink(const char* path) override { return fails(Call::unlink) ? -1 : Io::unlink(path); }
  int mkdir(const char* path, mode_t mode) override {
    return fails(Call::mkdir) ? -1 : Io::mkdir(path, mode);
  }
  int flock(int fd, int operation) override {
    return fails(Call::flock) ? -1 : Io::flock(fd, operation);
  }
  int poll(pollfd* fds, nfds_t count, int timeout_ms) override {
    return fails(Call::poll) ? -1 : Io::poll(fds, count, timeout_ms);
  }
  int connect(int fd, const sockaddr* peer, socklen_t length) override {
    return fails(Call::connect) ? -1 : Io::connect(fd, peer, length);
  }
  int accept(int fd, sockaddr* peer, socklen_t* length) override {
    return fails(Call::accept) ? -1 : Io::accept(fd, peer, length);
  }
  int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags) override {
    return fails(Call::recvmmsg) ? -1 : Io::recvmmsg(fd, messages, count, flags);
  }
  int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) override {
    return fails(Call::sendmmsg) ? -1 : Io::sendmmsg(fd, messages, count, flags);
  }

 private:
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
  struct Plan {
    std::atomic<int> count{0};
    int nth = 0;  ///< 0: none fails.
    int error = 0;
    bool for_ever = false;
    std::size_t most_bytes = unlimited;
  };

  Plan& plan_of(Call call) { return plans_[static_cast<std::size_t>(call)]; }
  std::size_t shortened(Call call, std::size_t count) {
    return std::min(count, plan_of(call).most_bytes);
  }
  /// Counts the call; sets errno when it is to fail.
  bool fails(Call call) {
    Plan& plan = plan_of(call);
    const int number = ++plan.count;
    if (plan.nth == 0 || number < plan.nth || (number > plan.nth && !plan.for_ever)) return false;
    errno = plan.error;
    return true;
  }

  std::array<Plan, call_kinds> plans_;
};

}  // namespace sluice
