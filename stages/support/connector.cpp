#include "stages/support/connector.h"

#include <string>
#include <utility>

#include "stages/support/network_socket.h"
#include "stages/support/socket_writing.h"

namespace sluice {

Connector::Connector(NetworkAddress address, const ConnectionOptions& options, ConnectionEnd end)
    : address_(std::move(address)), options_(options), end_(end) {}

Status Connector::open(StageContext& context) {
  io_ = &context.io();
  if (!options_.tls) return Done{};
  const TlsSide side = end_ == ConnectionEnd::listens ? TlsSide::server : TlsSide::client;
  Result<TlsContext> loaded = TlsContext::load(*io_, *options_.tls, side);
  if (!loaded) return std::move(loaded).error();
  tls_ = std::move(loaded).value();
  if (options_.tls->dangerously_skip_verify) {
    context.log(LogLevel::warning, "unverified",
                {{"address", address_.text()},
                 {"reason", "dangerously_skip_verify: whoever answers is taken for this peer"}});
  }
  return Done{};
}

Result<std::unique_ptr<Transport>> Connector::connect(const Wakeup& cancel) const {
  Result<File> socket = connect_socket(*io_, address_, SocketType::stream,
                                       options_.connect_timeout.value, cancel.fd());
  if (!socket) return std::move(socket).error();
  set_no_delay(socket.value().fd());
  Result<std::unique_ptr<Transport>> made = over(std::move(socket).value());
  if (!made) return made;
  Status shaken = finish_handshake(*made.value(), handshake_timeout(), cancel);
  if (!shaken) return std::move(shaken).error();
  return made;
}

Result<std::unique_ptr<Transport>> Connector::connect(
    const Wakeup& cancel, const std::optional<RetryPolicy>& retry) const {
  Backoff backoff(retry.value_or(RetryPolicy{}));
  while (true) {
    Result<std::unique_ptr<Transport>> made = connect(cancel);
    if (made || !retry || made.error().code != ErrorCode::io) return made;
    const auto wait = backoff.next();
    if (!wait || cancel.wait(*io_, *wait)) return made;
  }
}

Result<std::unique_ptr<Transport>> Connector::accepted(File socket) const {
  return over(std::move(socket));
}

Duration Connector::handshake_timeout() const noexcept {
  return options_.tls ? options_.tls->handshake_timeout : TlsOptions{}.handshake_timeout;
}

Result<std::unique_ptr<Transport>> Connector::over(File socket) const {
  set_keep_alive(socket.fd(), options_.keep_alive);
  if (!tls_) return make_plain_transport(std::move(socket));
  return tls_->session(std::move(socket), server_name());
}

std::string Connector::server_name() const {
  if (end_ == ConnectionEnd::listens) return {};
  if (!options_.tls->server_name.empty() || address_.is_unix()) return options_.tls->server_name;
  if (address_.host().empty()) return "localhost";
  // The zone of an IPv6 address is a matter of this machine.
  return address_.host().substr(0, address_.host().find('%'));
}

}  // namespace sluice
