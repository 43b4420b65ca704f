#include "stages/support/http_request.h"

#include <netinet/in.h>

#include <charconv>
#include <cstring>

#include "engine/base/json_text.h"
#include "stages/support/tcp_options.h"

namespace sluice {

std::string_view header_of(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::uint64_t> declared_length(MHD_Connection* connection) {
  const std::string_view text = header_of(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return length;
}

std::uint64_t header_size(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info == nullptr ? 0 : info->header_size;
}

std::string sender_of(MHD_Connection* connection, const NetworkAddress& ours) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  SocketAddress address;
  if (info != nullptr && info->client_addr != nullptr && !ours.is_unix()) {
    const bool is_v6 = info->client_addr->sa_family == AF_INET6;
    address.length = is_v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    std::memcpy(&address.storage, info->client_addr, address.length);
  }
  return peer_name(ours, address.text());
}

HttpResponse make_answer(const HttpRefusal& refusal, std::chrono::nanoseconds retry_after,
                         bool closes) {
  std::string text = R"({"error":)" + json_quoted(refusal.message) + "}\n";
  HttpResponse response(
      MHD_create_response_from_buffer(text.size(), text.data(), MHD_RESPMEM_MUST_COPY));
  if (response == nullptr) return response;
  const auto add = [&](const char* name, const std::string& value) {
    MHD_add_response_header(response.get(), name, value.c_str());
  };
  add(MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
  if (refusal.status == MHD_HTTP_METHOD_NOT_ALLOWED) add(MHD_HTTP_HEADER_ALLOW, "POST");
  if (refusal.status == MHD_HTTP_UNSUPPORTED_MEDIA_TYPE) {
    add(MHD_HTTP_HEADER_ACCEPT_ENCODING, "gzip, zstd");
  }
  if (refusal.status == MHD_HTTP_SERVICE_UNAVAILABLE) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(retry_after);
    add(MHD_HTTP_HEADER_RETRY_AFTER, std::to_string(wait.count()));
  }
  if (closes) add(MHD_HTTP_HEADER_CONNECTION, "close");
  return response;
}

}  // namespace sluice
