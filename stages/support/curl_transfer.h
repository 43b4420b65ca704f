// One transfer after the other with libcurl, on one connection that is kept where it can be. Only
// this and what is built on it (HttpClient, HttpDownload) know libcurl.
#pragma once

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "stages/support/http_client.h"

namespace sluice {

/// The handles of libcurl, set up alike for all requests. One thread at a time, except interrupt().
/// Certificates are verified, unless the settings say otherwise.
class CurlTransfer {
 public:
  static Error no_memory();

  CurlTransfer() = default;
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;
  ~CurlTransfer();

  /// Sets up what the requests have in common, but for the method and what becomes of data. Once.
  /// Errors: internal, when libcurl has no memory.
  Status open(const HttpSettings& settings);
  /// Says whether libcurl takes a value of an option.
  template <class Value>
  bool set(CURLoption option, Value value) {
    return curl_easy_setopt(easy_, option, value) == CURLE_OK;  // NOLINT: vararg
  }
  /// The header fields of the next requests, in place of those set before. Errors: internal.
  Status set_headers(const std::vector<std::string>& headers);

  /// Makes the request. `goes_on`, asked at least once a second, ends it when it says no, as does
  /// interrupt(): both are CURLE_ABORTED_BY_CALLBACK.
  CURLcode perform(const std::function<bool()>& goes_on = nullptr);

  long status() const;  ///< Of the answer.
  /// When the server wants to be asked again, if it said so.
  std::optional<std::chrono::seconds> retry_after() const;
  /// What went wrong: io where another attempt may do better, bad_config where none will, cancelled
  /// after interrupt(). It says nothing of credentials.
  Error error_of(CURLcode code, const std::string& doing, const std::string& url) const;

  /// Makes perform() return, now and later. From any thread, after open().
  void interrupt() noexcept;
  bool interrupted() const noexcept { return interrupted_.load(std::memory_order_acquire); }

 private:
  bool set_tls(const TlsOptions& tls);

  std::atomic<bool> interrupted_{false};
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> problem_{};
};

}  // namespace sluice
