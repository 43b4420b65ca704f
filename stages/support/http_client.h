// Sending requests over HTTP, one after the other, on one connection that is kept (libcurl).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "stages/support/tls_options.h"

namespace sluice {

/// What all requests have in common.
struct HttpSettings {
  std::string url;  ///< http or https; empty: it is not the same for all.
  std::string method = "POST";
  std::vector<std::string> headers;  ///< "Name: value".
  std::string user;                  ///< With `password`, for basic authentication; empty: none.
  std::string password;
  std::string bearer_token;  ///< Empty: none.
  TlsOptions tls;            ///< Of https; without server_name and handshake_timeout.
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{60'000};  ///< Of a request with its answer; 0: none.
};

/// What a server said.
struct HttpAnswer {
  long status = 0;
  std::optional<std::chrono::seconds> retry_after;  ///< When it wants to be asked again.
  std::string text;                                 ///< As much of it as was asked for.
};

class CurlTransfer;

/// One thread at a time, except interrupt(). Certificates are verified, unless the settings say
/// that they are not; redirections are not followed, as a record must not go where nobody said.
class HttpClient {
 public:
  HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// To be called once, before send. Errors: internal, when libcurl has no memory.
  Status open(const HttpSettings& settings);

  /// Sends `body` and takes the answer, whatever its status, with at most `text_limit` bytes of its
  /// text. Errors: io when there is no whole
  /// answer, and another attempt may have one; bad_config when none ever will (an address that is
  /// none, a certificate that does not fit); cancelled when interrupted. They say nothing of
  /// credentials.
  Result<HttpAnswer> send(std::string_view body, std::size_t text_limit = 512);

  /// Makes send() return, now and later. From any thread, after open().
  void interrupt() noexcept;
  bool interrupted() const noexcept;

 private:
  std::string url_;
  std::unique_ptr<CurlTransfer> transfer_;
};

}  // namespace sluice
