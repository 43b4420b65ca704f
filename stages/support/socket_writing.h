// Using a connection without being held up for longer than one wants.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/units.h"
#include "stages/support/transport.h"
#include "stages/support/wakeup.h"

namespace sluice {

/// What becomes of what the peer sends meanwhile.
enum class Answers : std::uint8_t {
  leave,  ///< Somebody else reads it.
  drop,   ///< It is read, so that the peer is not held up either.
};

/// How long to wait, and for what.
struct SocketPatience {
  /// For a peer that takes, or sends, nothing at all; nothing: for ever.
  std::optional<std::chrono::nanoseconds> limit;
  const Wakeup& cancel;  ///< Ends every wait at once.
};

/// Has it shake hands, for as long as `limit` altogether. Errors: those of Transport::handshake; io
/// when it takes too long; cancelled.
Status finish_handshake(Transport& transport, Duration limit, const Wakeup& cancel);
/// That one took too long; the peer is for the caller to add.
Error handshake_too_slow(Duration limit);

enum class Written : std::uint8_t {
  all,
  refused,  ///< The peer takes no more, or with Answers::drop has ended its stream.
};

/// Writes `left`, and takes away from its front what the kernel has accepted. Errors: those of
/// Transport; io when the peer takes nothing for too long; cancelled.
Result<Written> write_to(Transport& transport, std::string_view& left, Answers answers,
                         const SocketPatience& patience);

/// Waits until the peer has ended its stream, and drops what it still sends. Errors as above.
Status await_end_of(Transport& transport, const SocketPatience& patience);

/// Says that nothing more will be written. Errors as above.
Status end_writing(Transport& transport, const SocketPatience& patience);

}  // namespace sluice
