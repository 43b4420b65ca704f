// Making connections as the options of a stage say, with TLS or without.
#pragma once

#include <memory>
#include <optional>

#include "engine/base/result.h"
#include "engine/stage/stage_context.h"
#include "stages/support/retry_policy.h"
#include "stages/support/tcp_options.h"
#include "stages/support/tls_context.h"
#include "stages/support/transport.h"
#include "stages/support/wakeup.h"

namespace sluice {

/// Any number of threads at once, once it is open.
class Connector {
 public:
  /// Of a stage at this end of connections to `address`.
  Connector(NetworkAddress address, const ConnectionOptions& options, ConnectionEnd end);

  /// Reads the files of `tls`; warns when peers are not to be verified. Before the run. Errors:
  /// those of TlsContext::load.
  Status open(StageContext& context);

  /// Connects, and shakes hands. Errors: those of connect_socket and Transport::handshake;
  /// cancelled.
  Result<std::unique_ptr<Transport>> connect(const Wakeup& cancel) const;
  /// The same, again and again as `retry` says, if it is given; the error is the last one. A peer
  /// that is not the one that is meant, or does not want us, is not tried again.
  Result<std::unique_ptr<Transport>> connect(const Wakeup& cancel,
                                             const std::optional<RetryPolicy>& retry) const;
  /// Takes over a connection that was accepted, whose handshake is still to come.
  Result<std::unique_ptr<Transport>> accepted(File socket) const;

  /// How long a handshake may take that the caller looks after.
  Duration handshake_timeout() const noexcept;

 private:
  Result<std::unique_ptr<Transport>> over(File socket) const;
  /// Whom a server is to be.
  std::string server_name() const;

  NetworkAddress address_;
  ConnectionOptions options_;
  ConnectionEnd end_;
  Io* io_ = nullptr;
  std::optional<TlsContext> tls_;
};

}  // namespace sluice
