// The source `http_get`: files that are fetched over HTTP.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/file_reading.h"
#include "stages/support/http_download.h"
#include "stages/support/http_options.h"
#include "stages/support/input_options.h"
#include "stages/support/wakeup.h"

namespace sluice {
namespace {

struct Options : InputOptions, HttpClientOptions {
  Options() noexcept { framing = Framing::automatic; }
  std::vector<std::string> urls;
  std::uint64_t max_redirects = 5;
  Duration idle_timeout{std::chrono::seconds(60)};
  RetryPolicy retry;
  Duration linger = default_linger;
};

/// Fetches one URL after the other into a pipe, on a thread of its own. When nobody reads from
/// that, it waits, and so does the server.
class Fetch {
 public:
  explicit Fetch(StageContext& context) : io_(context.io()), download_(context) {}
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;
  ~Fetch() {
    stop();
    join();
  }

  Status open(HttpDownloadSettings settings) {
    if (Status prepared = io_.prepare(); !prepared) return prepared;
    return download_.open(std::move(settings));
  }

  /// Begins, and answers the end to read from. REQUIRES: nothing is being fetched.
  Result<int> begin(const std::string& url) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
      return io_error("cannot make a pipe", errno, url);
    }
    constexpr int pipe_size_bytes = 1 << 20;
    ::fcntl(ends[1], F_SETPIPE_SZ, pipe_size_bytes);  // NOLINT: vararg; it works without.
    set_result(Done{});
    thread_ = std::thread([this, url, to = File(io_, ends[1], url)]() mutable {
      set_result(download_.fetch(url, [&](std::span<const char> data) { return put(data, to); }));
      to = {};  // Not before there is something to say of how it ended.
    });
    return ends[0];
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  /// How it has ended, if it has.
  Status result() {
    const std::lock_guard lock(mutex_);
    return result_;
  }

  /// From any thread.
  void stop() noexcept {
    io_.interrupt();
    download_.interrupt();
  }

 private:
  /// False: nobody reads it any more.
  static bool put(std::span<const char> data, File& to) {
    // Of the calls of Io that write, this one can be interrupted. It does not write to `data`.
    iovec piece{const_cast<char*>(data.data()), data.size()};
    return static_cast<bool>(to.write_all(std::span(&piece, 1)));
  }

  void set_result(Status result) {
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
  }

  InterruptibleIo io_;
  HttpDownload download_;
  std::mutex mutex_;
  Status result_ = Done{};
  std::thread thread_;
};

class HttpGetSource final : public Source {
 public:
  HttpGetSource(const Options& options, StageContext& context)
      : options_(options),
        context_(context),
        reading_(options, options.linger, context),
        fetch_(context) {}

  Status open(StageContext& /*context*/) override {
    HttpDownloadSettings settings;
    settings.request.timeout = {};
    settings.max_redirects = options_.max_redirects;
    settings.idle_timeout = options_.idle_timeout.value;
    settings.retry = options_.retry;
    if (Status applied = apply(options_, context_, settings.request); !applied) return applied;
    if (Status prepared = reading_.prepare(); !prepared) return prepared;
    return fetch_.open(std::move(settings));
  }

  bool may_block() const override { return true; }

  Result<Next> read(Batch& batch) override {
    while (true) {
      if (input_ == nullptr) {
        if (next_ == options_.urls.size() || reading_.stopped()) return Next::finished;
        const std::string& url = options_.urls[next_++];
        const Result<int> pipe = fetch_.begin(url);
        if (!pipe) return pipe.error();
        input_ = reading_.open_stream(pipe.value(), url, [this] { return fetch_.result(); });
      }
      Result<Next> next = input_->read(batch);
      if (!next || next.value() != Next::finished) return next;
      input_ = nullptr;
      fetch_.join();
    }
  }

  std::unique_ptr<Loader> make_loader() override { return reading_.make_loader(); }
  void stop() noexcept override {
    reading_.stop();
    fetch_.stop();
  }
  Progress progress() const override { return {0, reading_.read_bytes()}; }

 private:
  const Options options_;
  StageContext& context_;
  FileReading reading_;
  Fetch fetch_;
  std::size_t next_ = 0;
  std::unique_ptr<Input> input_;
};

Result<Parts> make(const Options& given, StageContext& context, const StagePlace& place) {
  const Options options = resolved(given, place);
  Parts parts;
  parts.add(SourcePart{std::make_unique<HttpGetSource>(options, context), longest_record(options),
                       /*has_loader=*/true});
  return parts;
}

void check(const Options& options, const OptionErrors& errors) {
  for (const std::string& url : options.urls) check_url("urls", url, errors);
}

}  // namespace

void register_http_get(Registry& registry) {
  Declare<Options> type(Role::source, "http_get", "Fetches files over HTTP.");
  type.main("urls")
      .details(
          "Each is read to its end, one after the other, and decompressed if need be, whether its "
          "first bytes or a `Content-Encoding` of gzip or zstd make that so. When no answer comes, "
          "or 408, 429 or 5xx, it is asked for again. When a connection breaks off, the rest is "
          "asked for (a range), and taken only if the server shows, by ETag or Last-Modified, that "
          "it is still the same; otherwise the run fails. Nothing comes twice. A server is read "
          "from only as fast as the stages below take it. Certificates of https are verified. "
          "Credentials are never shown, and not sent to other hosts that a server redirects to.")
      .example(
          "- source: http_get\n"
          "  urls: [ https://logs.example.org/2026-11-28.log.zst ]\n"
          "  bearer_token_env: LOGS_TOKEN\n")
      .required("urls", &Options::urls, "What to fetch, in this order: http or https.", NotEmpty{})
      .option("max_redirects", &Options::max_redirects,
              "How many times a server may say that it is elsewhere. From https it is never "
              "followed to http.",
              between<std::uint64_t>(0, 50))
      .option("idle_timeout", &Options::idle_timeout,
              "A server from which nothing came for so long is asked anew.",
              between(Duration{std::chrono::milliseconds(1)}, Duration{std::chrono::hours(24)}))
      .option("retry", &Options::retry,
              "How often in a row to try again what brought nothing, and how long to wait before. "
              "A server that says `Retry-After` is given that time, up to an hour.")
      .option("linger", &Options::linger, "How long lines may wait for more to go with them.",
              between(Duration{}, Duration{std::chrono::seconds(10)}))
      .check(check);
  declare_http_client_options(type);
  declare_input_options(type).make_in_place(make);
  registry.add(type.done());
}

}  // namespace sluice
