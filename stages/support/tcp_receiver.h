// Receiving the records that peers send over connections: what reads for the source `tcp`.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/stage/stage.h"
#include "engine/stage/stage_context.h"
#include "stages/support/connector.h"
#include "stages/support/file_reading.h"
#include "stages/support/framing_options.h"
#include "stages/support/network_address.h"
#include "stages/support/retry_policy.h"
#include "stages/support/tcp_options.h"

namespace sluice {

/// What follows when the peer that was connected to has ended its stream.
enum class AtEnd : std::uint8_t { finish, reconnect };

template <>
struct EnumNames<AtEnd> {
  static constexpr std::array<std::pair<std::string_view, AtEnd>, 2> names{
      {{"finish", AtEnd::finish}, {"reconnect", AtEnd::reconnect}}};
};

/// Either `listen` or `connect` is given.
struct TcpReceiverOptions : FramingOptions, ConnectionOptions {
  TcpReceiverOptions() noexcept { framing = Framing::automatic; }
  std::optional<NetworkAddress> listen;
  std::optional<NetworkAddress> connect;
  std::optional<RetryPolicy> retry;  ///< With `connect`: an attempt that failed is no end.
  AtEnd at_end = AtEnd::finish;      ///< With `connect`.
  std::uint64_t max_connections = 1000;
  Duration idle_timeout{};  ///< 0: none.
  Duration linger = default_linger;

  const NetworkAddress& address() const noexcept { return listen ? *listen : *connect; }
  ConnectionEnd end() const noexcept {
    return listen ? ConnectionEnd::listens : ConnectionEnd::connects;
  }
};

/// Reads all connections on the one thread that asks for batches, each connection a stream of its
/// own. `options` are resolved (framing_options.h); `context` outlives it.
std::unique_ptr<Source> make_tcp_receiver(const TcpReceiverOptions& options, StageContext& context);

}  // namespace sluice
