// Writing to a connected socket without being held up for longer than one wants.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/wakeup.h"

namespace sluice {

/// What becomes of what the peer sends meanwhile.
enum class Answers : std::uint8_t {
  leave,  ///< Somebody else reads it.
  drop,   ///< It is read, so that the peer is not held up either.
};

/// How long to wait, and for what.
struct SocketPatience {
  std::chrono::nanoseconds limit;  ///< For a peer that takes, or sends, nothing at all.
  const Wakeup& cancel;            ///< Ends every wait at once.
};

/// Writes `left`, and takes away from its front what the kernel has accepted. Errors: io, also when
/// the peer has ended its stream (with Answers::drop) or takes nothing for too long; cancelled.
/// REQUIRES: the socket is non-blocking, SIGPIPE is ignored.
Status write_to(const File& socket, std::string_view& left, Answers answers,
                const SocketPatience& patience);

/// Waits until the peer has ended its stream, and drops what it still sends. Errors as above.
Status await_end_of(const File& socket, const SocketPatience& patience);

/// Says that nothing more will be written. Errors: io.
Status end_writing(const File& socket);

}  // namespace sluice
