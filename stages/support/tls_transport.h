// A TLS session as a transport.
#pragma once

#include <memory>
#include <string>

#include "stages/support/transport.h"

struct ssl_st;

namespace sluice {

/// Over `socket`, which is non-blocking, by a session that is set up as client or server and has no
/// BIO yet; `host` is what messages call its peer beside the socket's name, or empty. What the
/// certificate of a peer is refused for is part of the error. A stream that ends without the peer
/// having said so (close_notify) was cut off, perhaps by a third party: an error, never an end.
std::unique_ptr<Transport> make_tls_transport(File socket, std::shared_ptr<ssl_st> session,
                                              std::string host);

/// The reason that the oldest entry of OpenSSL's queue of errors of this thread has, for a message.
std::string tls_reason();

}  // namespace sluice
