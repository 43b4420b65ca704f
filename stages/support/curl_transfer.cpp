#include "stages/support/curl_transfer.h"

#include <algorithm>

namespace sluice {
namespace {

/// curl_global_init has to be called once, before any thread uses the library.
bool library_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

/// No other attempt will do better.
bool is_final(CURLcode code) {
  constexpr std::array all{CURLE_UNSUPPORTED_PROTOCOL,     CURLE_URL_MALFORMAT,
                           CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                           CURLE_SSL_CERTPROBLEM,          CURLE_BAD_FUNCTION_ARGUMENT,
                           CURLE_TOO_MANY_REDIRECTS};
  return std::find(all.begin(), all.end(), code) != all.end();
}

}  // namespace

Error CurlTransfer::no_memory() {
  Error error;
  error.message = "cannot set up libcurl";
  return error;
}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
  curl_slist_free_all(headers_);
}

Status CurlTransfer::open(const HttpSettings& settings) {
  if (!library_is_ready()) return no_memory();
  multi_ = curl_multi_init();
  easy_ = curl_easy_init();
  if (easy_ == nullptr || multi_ == nullptr) return no_memory();
  bool done = set(CURLOPT_PROTOCOLS_STR, "http,https");
  done = set(CURLOPT_NOSIGNAL, 1L) && done;
  done =
      set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count())) && done;
  done = set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout.count())) && done;
  done = set(CURLOPT_TCP_KEEPALIVE, 1L) && done;
  done = set(CURLOPT_ERRORBUFFER, problem_.data()) && done;
  if (!settings.url.empty()) done = set(CURLOPT_URL, settings.url.c_str()) && done;
  if (!settings.user.empty()) {
    done = set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC)) && done;
    done = set(CURLOPT_USERNAME, settings.user.c_str()) && done;
    done = set(CURLOPT_PASSWORD, settings.password.c_str()) && done;
  } else if (!settings.bearer_token.empty()) {
    done = set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER)) && done;
    done = set(CURLOPT_XOAUTH2_BEARER, settings.bearer_token.c_str()) && done;
  }
  if (!done || !set_tls(settings.tls)) return no_memory();
  return set_headers(settings.headers);
}

bool CurlTransfer::set_tls(const TlsOptions& tls) {
  bool done = set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!tls.ca.empty()) {
    // In place of those of the system, which libcurl finds in a file or in a folder.
    done = set(CURLOPT_CAINFO, tls.ca.c_str()) && done;
    done = set(CURLOPT_CAPATH, static_cast<const char*>(nullptr)) && done;
  }
  if (!tls.certificate.empty()) {
    const std::string& key = tls.key.empty() ? tls.certificate : tls.key;
    done = set(CURLOPT_SSLCERT, tls.certificate.c_str()) && done;
    done = set(CURLOPT_SSLKEY, key.c_str()) && done;
  }
  if (tls.dangerously_skip_verify) {
    done = set(CURLOPT_SSL_VERIFYPEER, 0L) && done;
    done = set(CURLOPT_SSL_VERIFYHOST, 0L) && done;
  }
  return done;
}

Status CurlTransfer::set_headers(const std::vector<std::string>& headers) {
  curl_slist* list = nullptr;
  for (const std::string& header : headers) {
    curl_slist* const longer = curl_slist_append(list, header.c_str());
    if (longer == nullptr) {
      curl_slist_free_all(list);
      return no_memory();
    }
    list = longer;
  }
  const bool done = set(CURLOPT_HTTPHEADER, list);
  curl_slist_free_all(headers_);
  headers_ = list;
  if (!done) return no_memory();
  return Done{};
}

CURLcode CurlTransfer::perform(const std::function<bool()>& goes_on) {
  constexpr int longest_wait_ms = 1000;  // libcurl has timers of its own.
  problem_.front() = '\0';
  if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  int running = 1;
  while (running > 0 && !interrupted()) {
    if (curl_multi_perform(multi_, &running) != CURLM_OK) break;
    if (running == 0) break;
    if (goes_on && !goes_on()) break;
    curl_multi_poll(multi_, nullptr, 0, longest_wait_ms, nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  }
  curl_multi_remove_handle(multi_, easy_);
  return result;
}

long CurlTransfer::status() const {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);  // NOLINT: vararg
  return status;
}

std::optional<std::chrono::seconds> CurlTransfer::retry_after() const {
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &seconds);  // NOLINT: vararg
  if (seconds <= 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

Error CurlTransfer::error_of(CURLcode code, const std::string& doing,
                             const std::string& url) const {
  const std::string problem(problem_.data());
  Error error;
  error.code = interrupted()    ? ErrorCode::cancelled
               : is_final(code) ? ErrorCode::bad_config
                                : ErrorCode::io;
  error.message =
      doing + ": " + (problem.empty() ? std::string(curl_easy_strerror(code)) : problem);
  error.file = url;
  return error;
}

void CurlTransfer::interrupt() noexcept {
  interrupted_.store(true, std::memory_order_release);
  if (multi_ != nullptr) curl_multi_wakeup(multi_);
}

}  // namespace sluice
