// What the stages on stream sockets share: their options and how sockets are set up.
#pragma once

#include <chrono>
#include <string>

#include "engine/base/units.h"
#include "stages/support/network_address.h"

namespace sluice {

inline constexpr Duration default_keep_alive{std::chrono::seconds(60)};
inline constexpr Duration longest_wait{std::chrono::hours(24)};

/// Has the kernel ask a peer that was quiet for `after` whether it is still there, and give it up
/// when it does not answer for about as long; 0: never. Does nothing to a Unix socket.
void set_keep_alive(int fd, Duration after) noexcept;
/// Sends at once what is written: whoever uses this writes large pieces.
void set_no_delay(int fd) noexcept;

/// What messages and meta.path call a peer: "tcp://10.0.0.1:5000", "unix:/run/log".
std::string peer_name(const NetworkAddress& ours, const std::string& peer);

}  // namespace sluice
