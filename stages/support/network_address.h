// Addresses of network peers: as configs write them, as the kernel has them, as logs show them.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/stage/option.h"

namespace sluice {

/// Where to listen or whom to connect to, as written: `HOST:PORT`, `[IPV6]:PORT` (with a zone, as
/// in `[fe80::1%eth0]:514`), `:PORT` or `unix:PATH`. Says nothing of whether there is such a host.
class NetworkAddress {
 public:
  NetworkAddress() = default;
  /// Nothing if `text` is none; `why` then says what is wrong with it.
  static std::optional<NetworkAddress> parse(std::string_view text, std::string& why);

  /// A socket in the file system.
  bool is_unix() const noexcept { return !path_.empty(); }
  const std::string& path() const noexcept { return path_; }
  /// Without brackets. Empty: every address of this machine for who listens, else the machine
  /// itself.
  const std::string& host() const noexcept { return host_; }
  /// 0: for who listens, one that the kernel chooses.
  std::uint16_t port() const noexcept { return port_; }

  /// parse(text()) is the same address.
  std::string text() const;
  friend bool operator==(const NetworkAddress&, const NetworkAddress&) = default;

 private:
  std::string host_;
  std::string path_;
  std::uint16_t port_ = 0;
};

template <>
struct OptionType<NetworkAddress> {
  static std::string name() { return "address"; }
  static bool parse(const Value& value, NetworkAddress& to, std::string& why);
  static std::string print(const NetworkAddress& value) { return value.text(); }
  static std::vector<std::string> choices() { return {}; }
};

/// An address as system calls take and give it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const noexcept { return storage.ss_family; }

  /// `10.0.0.1:514`, `[::1]:514`, `unix:/run/log`; `unix:` for a Unix socket without a name. An
  /// IPv4 peer of an IPv6 socket is shown as the IPv4 address it has.
  std::string text() const;
};

enum class SocketType : std::uint8_t { stream, datagram };
enum class Purpose : std::uint8_t { listen, connect };

/// All candidates for `address`, the best first, at least one. Asks the resolver of the system,
/// which may take seconds, unless the host is a number. `:PORT` is to listen on every address: IPv6
/// with IPv4 (see bind_socket), then IPv4 alone; and to connect to, the loopback.
Result<std::vector<SocketAddress>> resolve(const NetworkAddress& address, SocketType type,
                                           Purpose purpose);

}  // namespace sluice
