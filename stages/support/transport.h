// The bytes of one connection, whatever carries them: a stream socket as it is, or TLS over it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/io.h"
#include "engine/base/result.h"

namespace sluice {

/// What a call that does not wait came to.
struct Transfer {
  enum class State : std::uint8_t {
    moved,      ///< Done; of a read or a write: `count` bytes, at least one.
    must_wait,  ///< Nothing, before the socket can be read, or written to.
    end,        ///< Nothing any more: the peer has ended its stream, or takes no more of ours.
  };
  State state = State::moved;
  std::size_t count = 0;
};

/// How far two ends are in agreeing about how to talk.
enum class Handshake : std::uint8_t {
  done,
  must_read,   ///< Its next step is possible when the socket can be read,
  must_write,  ///< or written to.
};

/// One open connection. No call ever waits. Errors, which name the peer as the socket is named: io;
/// bad_config when the peer is not who it should be, or does not want us; and what else a call
/// says. Behind an error of handshake or read only the destructor makes sense. After the handshake
/// one thread may read while another writes; else one thread at a time.
class Transport {
 public:
  explicit Transport(File socket) : socket_(std::move(socket)) {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// To wait for, and nothing else.
  int fd() const noexcept { return socket_.fd(); }
  Io& io() const noexcept { return socket_.io(); }
  const std::string& name() const noexcept { return socket_.name(); }

  /// Goes on with it, to be called until it is done, and before anything else.
  virtual Result<Handshake> handshake() = 0;

  /// Takes what has arrived, at most to.size() bytes, which is not 0. Errors: corrupt_input when
  /// the stream broke off in a way that is not its end.
  virtual Result<Transfer> read(std::span<char> to) = 0;
  /// True when something has been taken from the socket that read() has not given yet; waiting for
  /// the socket would miss it. It may be too little to give.
  virtual bool has_buffered() const noexcept = 0;

  /// Gives away some of `from`, from its front. After `must_wait` the next call, if there is one,
  /// has the same bytes again, and perhaps more.
  virtual Result<Transfer> write(std::string_view from) = 0;
  /// Says that nothing more will be written. The peer's stream goes on.
  virtual Result<Transfer> end_writing() = 0;

 protected:
  const File& socket() const noexcept { return socket_; }

 private:
  File socket_;
};

/// The socket as it is. REQUIRES: it is non-blocking, SIGPIPE is ignored.
std::unique_ptr<Transport> make_plain_transport(File socket);

}  // namespace sluice
