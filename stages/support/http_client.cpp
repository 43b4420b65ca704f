#include "stages/support/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "engine/base/escape.h"

// curl_easy_setopt is variadic.
// NOLINTBEGIN(cppcoreguidelines-pro-type-vararg)

namespace sluice {
namespace {

constexpr std::size_t longest_beginning = 512;

/// curl_global_init has to be called once, before any thread uses the library.
bool library_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

std::size_t keep_beginning(char* data, std::size_t size, std::size_t count, void* to) {
  auto& beginning = *static_cast<std::string*>(to);
  const std::size_t bytes = size * count;
  beginning.append(data, std::min(bytes, longest_beginning - beginning.size()));
  return bytes;
}

/// No other attempt will do better.
bool is_final(CURLcode code) {
  constexpr std::array all{CURLE_UNSUPPORTED_PROTOCOL,     CURLE_URL_MALFORMAT,
                           CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                           CURLE_SSL_CERTPROBLEM,          CURLE_BAD_FUNCTION_ARGUMENT};
  return std::find(all.begin(), all.end(), code) != all.end();
}

}  // namespace

struct HttpClient::Handles {
  Handles() : multi(curl_multi_init()), easy(curl_easy_init()) {}
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
  }

  bool add_header(const std::string& header) {
    curl_slist* longer = curl_slist_append(headers, header.c_str());
    if (longer != nullptr) headers = longer;
    return longer != nullptr;
  }

  /// Does what was set up, unless it is interrupted.
  CURLcode perform(const std::atomic<bool>& interrupted) const {
    constexpr int longest_wait_ms = 1000;  // libcurl has timers of its own.
    if (curl_multi_add_handle(multi, easy) != CURLM_OK) return CURLE_FAILED_INIT;
    CURLcode result = CURLE_ABORTED_BY_CALLBACK;
    int running = 1;
    while (running > 0 && !interrupted.load(std::memory_order_acquire)) {
      if (curl_multi_perform(multi, &running) != CURLM_OK) break;
      if (running > 0) curl_multi_poll(multi, nullptr, 0, longest_wait_ms, nullptr);
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) result = message->data.result;
    }
    curl_multi_remove_handle(multi, easy);
    return result;
  }

  CURLM* multi;
  CURL* easy;
  curl_slist* headers = nullptr;
  std::array<char, CURL_ERROR_SIZE> problem{};
};

HttpClient::HttpClient() = default;
HttpClient::~HttpClient() = default;

Status HttpClient::open(const HttpSettings& settings) {
  Error no_memory;
  no_memory.message = "cannot set up libcurl";
  if (!library_is_ready()) return no_memory;
  handles_ = std::make_unique<Handles>();
  CURL* easy = handles_->easy;
  if (easy == nullptr || handles_->multi == nullptr) return no_memory;
  url_ = settings.url;
  bool done = true;
  const auto set = [&](CURLoption option, auto value) {
    done = curl_easy_setopt(easy, option, value) == CURLE_OK && done;
  };
  set(CURLOPT_URL, settings.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_POST, 1L);
  set(CURLOPT_CUSTOMREQUEST, settings.method.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout.count()));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_ERRORBUFFER, handles_->problem.data());
  set(CURLOPT_WRITEFUNCTION, &keep_beginning);
  if (!settings.user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, settings.user.c_str());
    set(CURLOPT_PASSWORD, settings.password.c_str());
  } else if (!settings.bearer_token.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    set(CURLOPT_XOAUTH2_BEARER, settings.bearer_token.c_str());
  }
  // Without this, long bodies wait a second for a server that does not know `100 Continue`.
  done = handles_->add_header("Expect:") && done;
  for (const std::string& header : settings.headers) done = handles_->add_header(header) && done;
  set(CURLOPT_HTTPHEADER, handles_->headers);
  if (!done) return no_memory;
  return Done{};
}

Result<HttpAnswer> HttpClient::send(std::string_view body) {
  CURL* easy = handles_->easy;
  HttpAnswer answer;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.beginning);
  handles_->problem.front() = '\0';
  const CURLcode result = handles_->perform(interrupted_);
  if (interrupted() || result != CURLE_OK) {
    const std::string problem(handles_->problem.data());
    Error error;
    error.code = interrupted()      ? ErrorCode::cancelled
                 : is_final(result) ? ErrorCode::bad_config
                                    : ErrorCode::io;
    error.message =
        "cannot send: " + (problem.empty() ? std::string(curl_easy_strerror(result)) : problem);
    error.file = url_;
    return error;
  }
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_off_t retry_after = 0;
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
  if (retry_after > 0) answer.retry_after = std::chrono::seconds(retry_after);
  return answer;
}

void HttpClient::interrupt() noexcept {
  interrupted_.store(true, std::memory_order_release);
  if (handles_) curl_multi_wakeup(handles_->multi);
}

}  // namespace sluice

// NOLINTEND(cppcoreguidelines-pro-type-vararg)
