#include "stages/support/transport.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace sluice {
namespace {

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

class PlainTransport final : public Transport {
 public:
  using Transport::Transport;

  Result<Handshake> handshake() override { return Handshake::done; }

  Result<Transfer> read(std::span<char> to) override {
    while (true) {
      const ssize_t count = io().read(fd(), to.data(), to.size());
      if (count > 0) return Transfer{Transfer::State::moved, static_cast<std::size_t>(count)};
      if (count == 0) return Transfer{Transfer::State::end};
      if (must_wait(errno)) return Transfer{Transfer::State::must_wait};
      if (errno != EINTR) return io_error("cannot read", errno, name());
    }
  }

  bool has_buffered() const noexcept override { return false; }

  Result<Transfer> write(std::string_view from) override {
    while (true) {
      const ssize_t count = io().write(fd(), from.data(), from.size());
      if (count >= 0) return Transfer{Transfer::State::moved, static_cast<std::size_t>(count)};
      if (must_wait(errno)) return Transfer{Transfer::State::must_wait};
      if (errno == EPIPE) return Transfer{Transfer::State::end};
      if (errno != EINTR) return io_error("cannot write", errno, name());
    }
  }

  Result<Transfer> end_writing() override {
    if (::shutdown(fd(), SHUT_WR) == 0) return Transfer{};
    return io_error("cannot end the stream", errno, name());
  }
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(File socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace sluice
