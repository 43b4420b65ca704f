// Receiving datagrams, many with one system call, so that they lie one behind the other.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/result.h"
#include "stages/support/network_address.h"

namespace sluice {

/// One that was received.
struct Datagram {
  std::string_view text;      ///< Without the line ends and NULs that some senders put at its end.
  bool is_truncated = false;  ///< There was more of it than there was room for.
  const SocketAddress* peer = nullptr;
};

/// Takes datagrams from one socket. One thread at a time.
class DatagramReceiver {
 public:
  /// Datagrams with more than `longest` bytes are cut.
  explicit DatagramReceiver(std::size_t longest);

  /// The room that one needs: its text and what may be at its end.
  static constexpr std::size_t room_for(std::size_t longest) noexcept { return longest + 2; }

  /// Takes what has arrived, as far as there is room for it: at least one datagram if `room` has
  /// room_for(longest) bytes, and none when nothing is there. What is answered lies in `room` with
  /// gaps between, in the order of arrival, and is good until the next call. Errors: io.
  Result<std::span<const Datagram>> receive(Io& io, int fd, std::span<char> room);

 private:
  static constexpr std::size_t most_at_once = 64;

  std::size_t room_for_each_;
  std::array<mmsghdr, most_at_once> headers_{};
  std::array<iovec, most_at_once> pieces_{};
  std::array<SocketAddress, most_at_once> peers_{};
  std::array<Datagram, most_at_once> datagrams_{};
};

/// How many datagrams the kernel has dropped at this socket since it was made, for want of room
/// (socket(7), SO_MEMINFO); 0 where it does not say.
std::uint32_t dropped_by_kernel(int fd) noexcept;

}  // namespace sluice
