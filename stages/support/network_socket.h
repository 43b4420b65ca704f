// Making sockets. All are non-blocking and closed on exec; errors name the address.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/network_address.h"

namespace sluice {

/// A socket that others send or connect to. Its file, if it is a Unix socket, is removed with it.
/// One thread at a time.
class BoundSocket {
 public:
  BoundSocket() = default;
  /// Takes over what bind made; `name` is the address bound, `path` that of a Unix socket or empty.
  BoundSocket(File file, std::string name, const std::string& path);

  explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  int fd() const noexcept { return file_.fd(); }
  Io& io() const noexcept { return file_.io(); }
  /// The address it has, with the port that the kernel chose.
  const std::string& name() const noexcept { return name_; }

 private:
  /// What bind made in the file system; nothing else that is there later is removed.
  struct SocketFile {
    SocketFile() = default;
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;
    ~SocketFile();

    Io* io = nullptr;
    std::string path;
    struct stat made {};
  };

  File file_;
  std::string name_;
  std::unique_ptr<SocketFile> socket_file_;
};

/// Binds the first candidate of `address` that can be bound; a stream socket then listens with room
/// for `backlog` connections nobody has accepted yet. `:PORT` takes IPv6 and IPv4 where there is
/// IPv6, else IPv4. A Unix socket that an earlier process left behind, and nobody listens on, is
/// replaced; anything else at its path is an error.
Result<BoundSocket> bind_socket(Io& io, const NetworkAddress& address, SocketType type,
                                int backlog = 1024);

/// The next connection of a listening socket, named after its peer; nothing when nobody waits, or
/// who waited is gone. An error when there are no more descriptors, for one.
Result<std::optional<File>> accept_connection(const BoundSocket& listening);

/// Connects to the first candidate of `address` that answers, each of which gets an equal share of
/// the time that is left; named after the peer that it reached. Waits for `time_out` at most,
/// resolving apart, or until `cancel` (a descriptor, such as Wakeup's; -1: none) is readable, which
/// is the error `cancelled`. A datagram socket only takes its peer's address, and does not wait.
Result<File> connect_socket(Io& io, const NetworkAddress& address, SocketType type,
                            std::chrono::nanoseconds time_out, int cancel = -1);

}  // namespace sluice
