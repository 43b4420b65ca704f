#include "stages/support/datagram_receiver.h"

#include <linux/sock_diag.h>

#include <algorithm>
#include <cerrno>

namespace sluice {
namespace {

std::string_view without_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == '\0')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

DatagramReceiver::DatagramReceiver(std::size_t longest) : room_for_each_(room_for(longest)) {
  for (std::size_t i = 0; i < most_at_once; ++i) {
    msghdr& header = headers_[i].msg_hdr;
    header.msg_name = &peers_[i].storage;
    header.msg_iov = &pieces_[i];
    header.msg_iovlen = 1;
    datagrams_[i].peer = &peers_[i];
  }
}

Result<std::span<const Datagram>> DatagramReceiver::receive(Io& io, int fd, std::span<char> room) {
  const std::size_t wanted = std::min(most_at_once, room.size() / room_for_each_);
  for (std::size_t i = 0; i < wanted; ++i) {
    pieces_[i] = {room.data() + i * room_for_each_, room_for_each_};
    headers_[i].msg_hdr.msg_namelen = sizeof peers_[i].storage;
  }
  int count = 0;
  do {
    count = io.recvmmsg(fd, headers_.data(), static_cast<unsigned>(wanted), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::span<const Datagram>();
    return io_error("cannot receive", errno);
  }
  const auto received = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < received; ++i) {
    peers_[i].length = headers_[i].msg_hdr.msg_namelen;
    datagrams_[i].is_truncated = (headers_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    const std::string_view all(room.data() + i * room_for_each_, headers_[i].msg_len);
    datagrams_[i].text = datagrams_[i].is_truncated ? all : without_end(all);
  }
  return std::span<const Datagram>(datagrams_.data(), received);
}

std::uint32_t dropped_by_kernel(int fd) noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t length = sizeof memory;
  if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return 0;
  return memory[SK_MEMINFO_DROPS];
}

}  // namespace sluice
