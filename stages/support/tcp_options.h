// What the stages on stream sockets share: their options and how sockets are set up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/units.h"
#include "engine/stage/declare.h"
#include "stages/support/network_address.h"
#include "stages/support/tls_options.h"

namespace sluice {

inline constexpr Duration default_keep_alive{std::chrono::seconds(60)};
inline constexpr Duration longest_wait{std::chrono::hours(24)};

struct ConnectionOptions {
  Duration connect_timeout{std::chrono::seconds(10)};
  Duration keep_alive = default_keep_alive;
  std::optional<TlsOptions> tls;
};

enum class ConnectionEnd : std::uint8_t { listens, connects };

/// Reports what is wrong with the option `tls` at this end of a connection to `address`.
void check_tls(const std::optional<TlsOptions>& tls, const NetworkAddress& address,
               ConnectionEnd end, const OptionErrors& errors);

/// Adds the options of ConnectionOptions.
template <class Options>
Declare<Options>& declare_connection_options(Declare<Options>& type) {
  return type
      .template option<Duration>("connect_timeout", &Options::connect_timeout,
                                 "How long it may take to connect.",
                                 between(Duration{std::chrono::milliseconds(1)}, longest_wait))
      .template option<Duration>(
          "keep_alive", &Options::keep_alive,
          "A peer that was quiet for so long is asked whether it is still there (TCP keep-alive); "
          "0s: never.",
          between(Duration{}, longest_wait))
      .template option<std::optional<TlsOptions>>(
          "tls", &Options::tls,
          "TLS, 1.2 at least; `{}` has all defaults. `certificate` is our own (a PEM file, with "
          "those between it and its CA), `key` its private key, where that is not in the same "
          "file. Who connects checks that the server's certificate is from `ca` (a PEM file; the "
          "CAs of the system, if not given) and for `server_name` (the host of the address); "
          "`dangerously_skip_verify` takes any, and says so in the log. Who listens needs a "
          "`certificate`, and with `ca` wants one of its CAs from each peer. A handshake may take "
          "`handshake_timeout` (10s).");
}

/// Has the kernel ask a peer that was quiet for `after` whether it is still there, and give it up
/// when it does not answer for about as long; 0: never. Does nothing to a Unix socket.
void set_keep_alive(int fd, Duration after) noexcept;
/// Sends at once what is written: whoever uses this writes large pieces.
void set_no_delay(int fd) noexcept;

/// What messages and meta.path call a peer: "tcp://10.0.0.1:5000", "unix:/run/log".
std::string peer_name(const NetworkAddress& ours, const std::string& peer);

}  // namespace sluice
