#include "stages/support/tcp_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace sluice {
namespace {

/// Fails for a Unix socket, which has no such option and needs none.
void set(int fd, int level, int option, int value) noexcept {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

}  // namespace

void check_tls(const std::optional<TlsOptions>& tls, const NetworkAddress& address,
               ConnectionEnd end, const OptionErrors& errors) {
  if (!tls) return;
  if (end == ConnectionEnd::listens) {
    if (tls->certificate.empty()) {
      report_tls(errors, "who listens needs a certificate", "as in `{certificate: own.pem}`");
    }
    if (!tls->server_name.empty() || tls->dangerously_skip_verify) {
      report_tls(errors, "'server_name' and 'dangerously_skip_verify' are for who connects",
                 "without `ca` no peer needs a certificate");
    }
  } else if (tls->dangerously_skip_verify) {
    check_trust(*tls, errors);
  } else if (address.is_unix() && tls->server_name.empty()) {
    report_tls(errors, "a Unix socket has no host that a certificate could be for",
               "say which with `server_name`");
  }
}

void set_keep_alive(int fd, Duration after) noexcept {
  if (after.value.count() == 0) return;
  constexpr int questions = 4;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(after.value).count();
  const int quiet = static_cast<int>(std::clamp<std::int64_t>(seconds, 1, 32767));
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, quiet);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, std::max(quiet / questions, 1));
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, questions);
}

void set_no_delay(int fd) noexcept { set(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

std::string peer_name(const NetworkAddress& ours, const std::string& peer) {
  return ours.is_unix() ? ours.text() : "tcp://" + peer;
}

}  // namespace sluice
