#include "stages/support/http_download.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/support/curl_transfer.h"
#include "stages/support/http_options.h"

namespace sluice {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr long status_ok = 200;
constexpr long status_partial = 206;
constexpr long status_beyond_end = 416;

/// What a response says of its content.
struct ContentInfo {
  std::string etag;
  std::string last_modified;
  std::string encoding;
  std::string range;

  /// By what two responses are known to have the same content; empty: by nothing.
  const std::string& validator() const noexcept {
    return etag.empty() || etag.starts_with("W/") ? last_modified : etag;
  }
};

/// `bytes BEGIN-END/TOTAL` or `bytes */TOTAL` of a Content-Range.
struct ContentRange {
  std::optional<std::uint64_t> begin;
  std::optional<std::uint64_t> total;
};

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

ContentRange range_in(std::string_view text) {
  constexpr std::string_view unit = "bytes ";
  const std::size_t slash = text.find('/');
  if (!text.starts_with(unit) || slash == std::string_view::npos) return {};
  const std::string_view range = text.substr(unit.size(), slash - unit.size());
  return {number_in(range.substr(0, range.find('-'))), number_in(text.substr(slash + 1))};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

/// Codings that the bytes themselves tell of, or none.
bool is_told_by_bytes(const std::string& encoding) {
  constexpr std::array<std::string_view, 5> known{"", "identity", "gzip", "x-gzip", "zstd"};
  return std::any_of(known.begin(), known.end(), [&](std::string_view name) {
    return name.size() == encoding.size() &&
           ::strncasecmp(name.data(), encoding.data(), name.size()) == 0;
  });
}

}  // namespace

/// One URL, over all its attempts.
class HttpDownload::Transfer {
 public:
  Status open(const HttpDownloadSettings& settings) {
    settings_ = &settings;
    if (Status opened = curl_.open(settings.request); !opened) return opened;
    constexpr long receive_bytes = 256 << 10;
    const auto redirects = static_cast<long>(settings.max_redirects);
    const bool done =
        curl_.set(CURLOPT_HTTPGET, 1L) && curl_.set(CURLOPT_BUFFERSIZE, receive_bytes) &&
        curl_.set(CURLOPT_FOLLOWLOCATION, redirects > 0 ? 1L : 0L) &&
        curl_.set(CURLOPT_MAXREDIRS, redirects) && curl_.set(CURLOPT_HEADERFUNCTION, &on_header) &&
        curl_.set(CURLOPT_HEADERDATA, this) && curl_.set(CURLOPT_WRITEFUNCTION, &on_data) &&
        curl_.set(CURLOPT_WRITEDATA, this);
    if (!done) return CurlTransfer::no_memory();
    return Done{};
  }

  Status begin(const std::string& url, std::function<bool(std::span<const char>)> take) {
    url_ = url;
    take_ = std::move(take);
    position_ = 0;
    first_.reset();
    is_ended_ = false;
    // What was asked for safely is not answered otherwise.
    const char* redirects_to = url.starts_with("https") ? "https" : "http,https";
    const bool done = curl_.set(CURLOPT_URL, url_.c_str()) &&
                      curl_.set(CURLOPT_REDIR_PROTOCOLS_STR, redirects_to);
    if (!done) return CurlTransfer::no_memory();
    return Done{};
  }

  /// What became of an attempt.
  struct Outcome {
    std::optional<Error> problem;  ///< Nothing: all is there.
    bool is_final = false;         ///< Another attempt is of no use.
    bool has_progress = false;     ///< It brought something.
    std::optional<std::chrono::seconds> retry_after;
  };

  Outcome attempt() {
    std::vector<std::string> headers = settings_->request.headers;
    if (position_ > 0) {
      headers.push_back("Range: bytes=" + std::to_string(position_) + "-");
      headers.push_back("If-Range: " + first_->validator());
    }
    if (Status set = curl_.set_headers(headers); !set) return {set.error(), true, false, {}};
    info_ = {};
    refusal_.reset();
    beginning_.clear();
    is_accepted_ = false;
    to_skip_ = 0;
    const std::uint64_t before = position_;
    heard_ = SteadyClock::now();
    const CURLcode code = curl_.perform([this] { return !is_quiet_too_long(); });
    Outcome outcome = outcome_of(code);
    outcome.has_progress = position_ > before;
    return outcome;
  }

  std::uint64_t position() const noexcept { return position_; }
  void interrupt() noexcept { curl_.interrupt(); }

 private:
  Outcome outcome_of(CURLcode code) {
    if (refusal_) return {refusal_, true, false, {}};
    if (is_ended_) return {error(ErrorCode::cancelled, "nothing more is wanted"), true, false, {}};
    if (curl_.interrupted()) {
      return {curl_.error_of(code, "cannot fetch", url_), true, false, {}};
    }
    if (is_quiet_too_long())
      return broken(error(ErrorCode::io, "cannot fetch: nothing came for too long"));
    if (code != CURLE_OK) return broken(curl_.error_of(code, "cannot fetch", url_));
    const long status = curl_.status();
    if (status == status_beyond_end && range_in(info_.range).total == position_) return {};
    if (status == status_ok || status == status_partial) {
      // A body that is empty, or ends within what was to be skipped of it.
      if (!is_accepted_ && !accept_content()) return {refusal_, true, false, {}};
      if (to_skip_ > 0) return {changed(), true, false, {}};
      return {};
    }
    std::string message = "the server answered with status " + std::to_string(status);
    if (!trimmed(beginning_).empty()) message += ": " + std::string(trimmed(beginning_));
    Outcome outcome{error(ErrorCode::io, std::move(message)), !may_come_right(status), false,
                    curl_.retry_after()};
    return outcome;
  }

  /// The connection broke off, or was never made.
  Outcome broken(Error problem) const {
    bool is_final = problem.code != ErrorCode::io;
    if (position_ > 0 && first_->validator().empty()) {
      is_final = true;
      problem.message +=
          "; after " + std::to_string(position_) +
          " bytes, and without ETag and Last-Modified nobody can tell how it goes on";
    }
    return {std::move(problem), is_final, false, {}};
  }

  bool is_quiet_too_long() const { return SteadyClock::now() - heard_ >= settings_->idle_timeout; }

  Error error(ErrorCode code, std::string message) const {
    Error error;
    error.code = code;
    error.message = std::move(message);
    error.file = url_;
    return error;
  }
  Error changed() const {
    return error(ErrorCode::io, "it has changed: it broke off after " + std::to_string(position_) +
                                    " bytes, and the rest is no longer to be had");
  }

  /// Looks at what a response says before any of its content is taken. False: refused.
  bool accept_content() {
    is_accepted_ = true;
    if (!is_told_by_bytes(info_.encoding)) {
      refusal_ =
          error(ErrorCode::bad_config, "the server sent it with the Content-Encoding '" +
                                           info_.encoding + "', which is neither gzip nor zstd");
      return false;
    }
    const bool is_rest = curl_.status() == status_partial;
    if (is_rest && position_ == 0) {
      refusal_ = error(ErrorCode::io, "the server sent a part (206) that nobody asked for");
      return false;
    }
    if (!first_) first_ = info_;
    if (position_ == 0) return true;
    const bool is_same = info_.validator() == first_->validator();
    if (!is_same || (is_rest && range_in(info_.range).begin != position_)) {
      refusal_ = changed();
      return false;
    }
    to_skip_ = is_rest ? 0 : position_;
    return true;
  }

  bool take(std::span<const char> data) {
    heard_ = SteadyClock::now();
    const long status = curl_.status();
    if (status != status_ok && status != status_partial) {
      constexpr std::size_t longest_beginning = 512;
      beginning_.append(data.data(), std::min(data.size(), longest_beginning - beginning_.size()));
      return true;
    }
    if (!is_accepted_ && !accept_content()) return false;
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(to_skip_, data.size()));
    to_skip_ -= skipped;
    data = data.subspan(skipped);
    if (data.empty()) return true;
    is_ended_ = !take_(data);
    position_ += data.size();
    // The time that others took for it is not the server's.
    heard_ = SteadyClock::now();
    return !is_ended_;
  }

  void note_header(std::string_view line) {
    heard_ = SteadyClock::now();
    // Of each response, also of those that redirect.
    if (line.starts_with("HTTP/")) info_ = {};
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const auto keep = [&](std::string_view name, std::string& value) {
      const bool is_it =
          name.size() == colon && ::strncasecmp(name.data(), line.data(), colon) == 0;
      if (is_it) value = trimmed(line.substr(colon + 1));
    };
    keep("ETag", info_.etag);
    keep("Last-Modified", info_.last_modified);
    keep("Content-Encoding", info_.encoding);
    keep("Content-Range", info_.range);
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    static_cast<Transfer*>(self)->note_header({data, size * count});
    return size * count;
  }
  /// What it answers other than the number of bytes ends the transfer.
  static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self) {
    const std::size_t bytes = size * count;
    return static_cast<Transfer*>(self)->take({data, bytes}) ? bytes : CURL_WRITEFUNC_ERROR;
  }

  const HttpDownloadSettings* settings_ = nullptr;
  CurlTransfer curl_;
  std::string url_;
  std::function<bool(std::span<const char>)> take_;
  std::uint64_t position_ = 0;        ///< Bytes taken.
  std::optional<ContentInfo> first_;  ///< Of the response that the first bytes came with.
  bool is_ended_ = false;             ///< Nothing more is wanted.

  // Of one attempt.
  ContentInfo info_;
  std::optional<Error> refusal_;
  std::string beginning_;  ///< Of a text that is not the content.
  bool is_accepted_ = false;
  std::uint64_t to_skip_ = 0;
  SteadyClock::time_point heard_;
};

HttpDownload::HttpDownload(StageContext& context)
    : context_(context), transfer_(std::make_unique<Transfer>()) {}
HttpDownload::~HttpDownload() = default;

Status HttpDownload::open(HttpDownloadSettings settings) {
  settings_ = std::move(settings);
  return transfer_->open(settings_);
}

Status HttpDownload::fetch(const std::string& url,
                           std::function<bool(std::span<const char>)> take) {
  if (Status begun = transfer_->begin(url, std::move(take)); !begun) return begun;
  Backoff backoff(settings_.retry);
  while (true) {
    Transfer::Outcome outcome = transfer_->attempt();
    if (!outcome.problem) return Done{};
    Error& problem = *outcome.problem;
    if (outcome.is_final) return std::move(problem);
    if (outcome.has_progress) backoff.reset();
    const auto wait = backoff.next();
    if (!wait) {
      problem.message +=
          "; given up after " + std::to_string(settings_.retry.attempts + 1) + " attempts";
      return std::move(problem);
    }
    std::chrono::nanoseconds pause = *wait;
    if (outcome.retry_after) {
      pause = std::max<std::chrono::nanoseconds>(
          pause, std::min<std::chrono::seconds>(*outcome.retry_after, longest_retry_after));
    }
    if (wait_for(pause, problem)) continue;
    problem.code = ErrorCode::cancelled;
    return std::move(problem);
  }
}

bool HttpDownload::wait_for(std::chrono::nanoseconds pause, const Error& problem) {
  context_.warn("retried", 1, to_string(problem));
  context_.log(LogLevel::warning, "retry",
               {{"reason", to_string(problem)},
                {"received_bytes", transfer_->position()},
                {"wait_seconds", std::chrono::duration<double>(pause).count()}});
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, pause, [&] { return interrupted_; });
}

void HttpDownload::interrupt() noexcept {
  transfer_->interrupt();
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  changed_.notify_all();
}

}  // namespace sluice
