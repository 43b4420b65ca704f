// The option `tls` of the stages on stream sockets.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "engine/base/units.h"
#include "engine/stage/option.h"
#include "engine/stage/option_errors.h"

namespace sluice {

/// `tls: {certificate, key, ca, server_name, handshake_timeout, dangerously_skip_verify}`. Files
/// are PEM.
struct TlsOptions {
  std::string certificate;  ///< Our own, and those between it and the CA; empty: none.
  std::string key;          ///< Of the certificate; empty: in the same file.
  std::string ca;           ///< Whom peers' certificates are to be from; empty: see below.
  std::string server_name;  ///< Whom a server is to be; empty: the host of its address.
  Duration handshake_timeout{std::chrono::seconds(10)};
  /// A client takes any certificate for its server's.
  bool dangerously_skip_verify = false;
};

/// Reports a mistake in the option `tls`, which is all one option: `message` says in which key.
void report_tls(const OptionErrors& errors, const std::string& message,
                const std::string& hint = {});
/// Reports that it is said both whom to trust and that nobody is to be verified.
void check_trust(const TlsOptions& tls, const OptionErrors& errors);

template <>
struct OptionType<TlsOptions> {
  static std::string name() {
    return "map of certificate, key, ca, server_name, handshake_timeout, dangerously_skip_verify";
  }
  static bool parse(const Value& value, TlsOptions& to, std::string& why);
  static std::string print(const TlsOptions& value);
  static std::vector<std::string> choices() { return {}; }
};

}  // namespace sluice
