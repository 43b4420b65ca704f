// Fetching what a URL stands for to its end, over as many connections as that takes (libcurl,
// RFC 9110).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "engine/base/result.h"
#include "engine/stage/stage_context.h"
#include "stages/support/http_client.h"
#include "stages/support/retry_policy.h"

namespace sluice {

struct HttpDownloadSettings {
  HttpSettings request;  ///< Without a URL.
  std::uint64_t max_redirects = 5;
  std::chrono::nanoseconds idle_timeout{std::chrono::seconds(60)};  ///< Nothing came for so long.
  RetryPolicy retry;
};

/// Tries again what did not come, or not whole: when no answer came, or 408, 429 or 5xx, and when
/// the connection broke off. It goes on where it was by asking for the rest (a range), which must
/// be of the same content: with the same strong ETag, or else the same Last-Modified. A server that
/// knows no ranges may send the same content again, of which the beginning is skipped. Attempts are
/// counted from the last one that brought something.
///
/// One thread at a time, except interrupt().
class HttpDownload {
 public:
  explicit HttpDownload(StageContext& context);
  HttpDownload(const HttpDownload&) = delete;
  HttpDownload& operator=(const HttpDownload&) = delete;
  ~HttpDownload();

  /// Once, before fetch. Errors: internal, when libcurl has no memory.
  Status open(HttpDownloadSettings settings);

  /// Gives what comes to `take`, piece by piece; nothing is read while that waits. It answers
  /// whether it wants more. Errors, which say nothing of credentials: io; bad_config when no
  /// attempt will do better; cancelled when interrupted, or nothing more is wanted.
  Status fetch(const std::string& url, std::function<bool(std::span<const char>)> take);

  /// Makes fetch() return, now and later. From any thread, after open().
  void interrupt() noexcept;

 private:
  class Transfer;

  /// False when the wait was broken off.
  bool wait_for(std::chrono::nanoseconds pause, const Error& problem);

  StageContext& context_;
  HttpDownloadSettings settings_;
  std::unique_ptr<Transfer> transfer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool interrupted_ = false;
};

}  // namespace sluice
