// TLS by OpenSSL: what all sessions of a stage have in common. RFC 8446 (TLS 1.3) and 5246 (1.2).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/tls_options.h"
#include "stages/support/transport.h"

struct ssl_ctx_st;

namespace sluice {

enum class TlsSide : std::uint8_t { client, server };

/// Certificates, key, and whom to trust. At least TLS 1.2, with what OpenSSL and the system's
/// openssl.cnf allow; no renegotiation, no resumption. Any number of threads may make sessions.
class TlsContext {
 public:
  /// Reads the files. A client trusts `ca`, or else whom the system trusts. A server shows
  /// `certificate`, and with `ca` it wants one from each client. Errors, which name the file: io;
  /// bad_config when it does not hold what it should, or a key that a pass phrase locks.
  static Result<TlsContext> load(Io& io, const TlsOptions& options, TlsSide side);

  /// A session over a connected socket, with its handshake to come. A client's checks that the peer
  /// is `host`, a name or the number of an address, unless it skips that; empty: there is none to
  /// tell the peer. Errors: internal.
  Result<std::unique_ptr<Transport>> session(File socket, const std::string& host = {}) const;

 private:
  TlsContext(std::shared_ptr<ssl_ctx_st> context, TlsSide side, bool verifies);

  std::shared_ptr<ssl_ctx_st> context_;
  TlsSide side_;
  bool verifies_;
};

}  // namespace sluice
