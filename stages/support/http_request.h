// What a server reads of a request, and how it refuses one (libmicrohttpd, RFC 9110).
#pragma once

#include <microhttpd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "stages/support/network_address.h"
#include "stages/support/request_body.h"

namespace sluice {

struct FreeResponse {
  void operator()(MHD_Response* response) const noexcept { MHD_destroy_response(response); }
};
using HttpResponse = std::unique_ptr<MHD_Response, FreeResponse>;

/// One request, from its header to the end of its answer. Thread of the server; of one that waits,
/// the text of the body belongs to who takes it.
struct HttpRequest {
  MHD_Connection* connection = nullptr;
  std::uint64_t number = 0;
  std::optional<RequestBody> body;
  std::uint64_t received = 0;                   ///< Of its body, as sent.
  std::size_t counted = 0;                      ///< What it has of max_pending.
  std::chrono::steady_clock::time_point since;  ///< When its header came, or it began to wait.
  std::optional<HttpRefusal> refusal;
  bool is_suspended = false;
  bool is_whole = false;  ///< Its body has arrived, and was looked at.
  bool is_answered = false;
};

/// The value of a header field; empty: there is none.
std::string_view header_of(MHD_Connection* connection, const char* name);
/// How long the request says that its body is; nothing: it does not say.
std::optional<std::uint64_t> declared_length(MHD_Connection* connection);
/// The request line and the header fields together, bytes.
std::uint64_t header_size(MHD_Connection* connection);
/// Who sent it, as peer_name() has it; `ours` is where the server listens.
std::string sender_of(MHD_Connection* connection, const NetworkAddress& ours);

/// The answer to a request that is refused. `closes`: nothing more is read from its connection.
/// Null: there is no memory for it.
HttpResponse make_answer(const HttpRefusal& refusal, std::chrono::nanoseconds retry_after,
                         bool closes);

}  // namespace sluice
