// The sink `http`: records as the bodies of requests.
#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/encoding.h"
#include "stages/support/frame_encoder.h"
#include "stages/support/http_client.h"
#include "stages/support/http_options.h"
#include "stages/support/record_texts.h"
#include "stages/support/retry_policy.h"

namespace sluice {

/// What a body is made of.
enum class BodyForm : std::uint8_t {
  lines,  ///< Records with line ends.
  array,  ///< A JSON array of them.
};

template <>
struct EnumNames<BodyForm> {
  static constexpr std::array<std::pair<std::string_view, BodyForm>, 2> names{
      {{"lines", BodyForm::lines}, {"array", BodyForm::array}}};
};

/// What becomes of records that the server will not have.
enum class OnRefusal : std::uint8_t { fail, drop };

template <>
struct EnumNames<OnRefusal> {
  static constexpr std::array<std::pair<std::string_view, OnRefusal>, 2> names{
      {{"fail", OnRefusal::fail}, {"drop", OnRefusal::drop}}};
};

namespace {

using SteadyClock = std::chrono::steady_clock;

struct Options : EncodingOptions, HttpClientOptions {
  std::string url;
  HttpMethod method = HttpMethod::post;
  BodyForm body = BodyForm::lines;
  ContentCoding compression = ContentCoding::none;
  BodyLimits batch;
  RetryPolicy retry;
  OnRefusal on_error = OnRefusal::fail;
  Duration timeout{std::chrono::seconds(60)};
};

/// Records on their way into one body.
struct Body {
  std::string text;
  std::uint64_t records = 0;
  SteadyClock::time_point since;  ///< When the first one came.

  void add(std::string_view record, BodyForm form) {
    if (records++ == 0) since = SteadyClock::now();
    if (form == BodyForm::array) text += records == 1 ? '[' : ',';
    text += record;
    if (form == BodyForm::lines) text += '\n';
  }
  /// What is sent.
  void complete(BodyForm form) {
    if (form == BodyForm::array) text += ']';
  }
};

/// Collects bodies on the thread of the sink, and sends them, one after the other, on its own: a
/// body is sent when it has waited long enough, whether or not there is more input.
class HttpSink final : public Sink {
 public:
  HttpSink(Options options, Encoding encoding)
      : options_(std::move(options)), encoding_(encoding) {}
  ~HttpSink() override { give_up(); }

  Status open(StageContext& context) override {
    context_ = &context;
    Result<HttpSettings> settings = this->settings();
    if (!settings) return std::move(settings).error();
    if (options_.compression != ContentCoding::none) {
      const Compression compression = compression_of(options_.compression);
      auto encoder = make_frame_encoder(compression, levels_of(compression).standard);
      if (!encoder) return std::move(encoder).error();
      encoder_ = std::move(encoder).value();
    }
    if (Status opened = client_.open(settings.value()); !opened) return opened;
    sender_ = std::thread([this] { send_all(); });
    return Done{};
  }

  bool may_block() const override { return true; }
  void stop() noexcept override {
    client_.interrupt();
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  Result<Next> write(const Batch& batch) override {
    std::unique_lock lock(mutex_);
    for_each_record_text(batch, [&](std::string_view record) {
      changed_.wait(lock, [&] { return !is_full() || is_over(); });
      if (is_over()) return;
      waiting_.add(record, options_.body);
      // Once for a body that begins, whose time runs, and once for one that is to be sent.
      if (waiting_.records == 1 || is_full()) changed_.notify_all();
    });
    if (failure_) return *failure_;
    return Next::again;
  }

  Status flush() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    return Done{};
  }

  Status end_input() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      changed_.notify_all();
    }
    sender_.join();
    if (failure_) return *failure_;
    return Done{};
  }

  void abandon() noexcept override { give_up(); }

 private:
  Result<HttpSettings> settings() const {
    HttpSettings settings;
    settings.url = options_.url;
    settings.method = OptionType<HttpMethod>::print(options_.method);
    settings.timeout = std::chrono::ceil<std::chrono::milliseconds>(options_.timeout.value);
    if (!options_.headers.has("Content-Type")) {
      settings.headers.push_back("Content-Type: " + std::string(content_type()));
    }
    if (options_.compression != ContentCoding::none) {
      settings.headers.push_back("Content-Encoding: " +
                                 OptionType<ContentCoding>::print(options_.compression));
    }
    if (Status applied = apply(options_, context_->io(), settings); !applied) {
      return std::move(applied).error();
    }
    return settings;
  }

  std::string_view content_type() const noexcept {
    if (options_.body == BodyForm::array) return "application/json";
    return encoding_ == Encoding::jsonl ? "application/x-ndjson" : "text/plain; charset=utf-8";
  }

  // --- Both threads, with the mutex held -------------------------------------------------------

  bool is_full() const noexcept {
    return waiting_.records >= options_.batch.records ||
           waiting_.text.size() >= options_.batch.bytes.bytes;
  }
  /// Nothing is sent any more.
  bool is_over() const noexcept { return stopped_ || failure_.has_value(); }

  // --- The thread that sends -------------------------------------------------------------------

  void send_all() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return waiting_.records > 0 || ending_ || stopped_; });
      if (stopped_ || waiting_.records == 0) return;
      changed_.wait_until(lock, waiting_.since + options_.batch.every.value,
                          [&] { return is_full() || ending_ || stopped_; });
      Body body = std::exchange(waiting_, {});
      changed_.notify_all();
      lock.unlock();
      body.complete(options_.body);
      Status sent = deliver(body);
      lock.lock();
      if (sent) continue;
      if (!stopped_) failure_ = std::move(sent).error();
      changed_.notify_all();
      return;
    }
  }

  /// Until the server has it, or it is decided that it will not.
  Status deliver(const Body& body) {
    Result<std::string_view> content = compressed(body.text);
    if (!content) return std::move(content).error();
    Backoff backoff(options_.retry);
    while (true) {
      Result<HttpAnswer> answer = client_.send(content.value());
      if (!answer && answer.error().code != ErrorCode::io) return std::move(answer).error();
      if (answer && answer.value().status / 100 == 2) return Done{};
      Error problem = answer ? refusal(answer.value()) : std::move(answer).error();
      if (answer && !may_come_right(answer.value().status)) return refused(problem, body.records);
      const auto wait = backoff.next();
      if (!wait) {
        problem.message +=
            "; given up after " + std::to_string(options_.retry.attempts + 1) + " attempts";
        return problem;
      }
      std::chrono::nanoseconds pause = *wait;
      if (answer && answer.value().retry_after) {
        pause = std::max<std::chrono::nanoseconds>(
            pause,
            std::min<std::chrono::seconds>(*answer.value().retry_after, longest_retry_after));
      }
      if (!wait_for(pause, problem)) return problem;
    }
  }

  Result<std::string_view> compressed(std::string_view text) {
    if (encoder_ == nullptr) return text;
    compressed_.resize(encoder_->bound(text.size()));
    const Result<std::size_t> size = encoder_->encode(text, compressed_);
    if (!size) return size.error();
    return std::string_view(compressed_).substr(0, size.value());
  }

  Error refusal(const HttpAnswer& answer) const {
    Error error;
    error.code = ErrorCode::io;
    error.message = "the server answered with status " + std::to_string(answer.status);
    if (!answer.text.empty()) error.message += ": " + answer.text;
    error.file = options_.url;
    return error;
  }

  Status refused(const Error& problem, std::uint64_t records) {
    if (options_.on_error == OnRefusal::fail) return problem;
    context_->reject("refused", records, to_string(problem));
    return Done{};
  }

  /// False when the wait was broken off.
  bool wait_for(std::chrono::nanoseconds pause, const Error& problem) {
    context_->warn("retried", 1, to_string(problem));
    context_->log(LogLevel::warning, "retry",
                  {{"reason", to_string(problem)},
                   {"wait_seconds", std::chrono::duration<double>(pause).count()}});
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, pause, [&] { return stopped_; });
  }

  void give_up() noexcept {
    if (!sender_.joinable()) return;
    stop();
    sender_.join();
  }

  const Options options_;
  const Encoding encoding_;
  StageContext* context_ = nullptr;
  HttpClient client_;
  std::unique_ptr<FrameEncoder> encoder_;
  std::string compressed_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Body waiting_;
  std::optional<Error> failure_;
  bool ending_ = false;
  bool stopped_ = false;
  std::thread sender_;
};

EncodingPlan plan_of(Options options, const Schema& input, Diagnostics& diagnostics) {
  const bool is_open = options.encoding == Encoding::automatic;
  if (options.body == BodyForm::array && is_open) options.encoding = Encoding::jsonl;
  return plan_encoding(options, {}, input, diagnostics);
}

void check(const Options& options, const OptionErrors& errors) {
  check_url("url", options.url, errors);
  const bool is_json = options.encoding == Encoding::automatic ||
                       options.encoding == Encoding::jsonl || options.encoding == Encoding::raw;
  if (options.body == BodyForm::array && !is_json) {
    errors.add("encoding", "option.conflict", "a JSON array is made of JSON",
               "leave `encoding` out, or use `raw` for records that are JSON");
  }
}

Declare<Options>& declare_options(Declare<Options>& type) {
  const auto up_to_a_day =
      between(Duration{std::chrono::milliseconds(1)}, Duration{std::chrono::hours(24)});
  type.required("url", &Options::url, "Where to send to, as in `https://logs.example.org/ingest`.")
      .option("method", &Options::method, "The method of requests.")
      .option("body", &Options::body,
              "Whether records stand in a body as `lines`, or as elements of a JSON `array`.")
      .option("compression", &Options::compression, "How bodies are compressed.")
      .option("batch", &Options::batch,
              "When a body is sent: when it has so many records or bytes (before compression), or "
              "its first record has waited so long for others.")
      .option("retry", &Options::retry,
              "How often a body is sent again, and how long to wait before. A server that says "
              "`Retry-After` is given that time, up to an hour.")
      .option("on_error", &Options::on_error,
              "What becomes of records that the server refuses for good: the run may `fail`, or "
              "`drop` them, counted as rejected, `refused`.")
      .option("timeout", &Options::timeout, "The longest that a request and its answer may take.",
              up_to_a_day)
      .check(check);
  return declare_http_client_options(type);
}

}  // namespace

void register_http_sink(Registry& registry) {
  Declare<Options> type(Role::sink, "http", "Sends records to a server over HTTP.");
  type.main("url")
      .details(
          "Bodies are sent one after the other, in order, each until the server has it: a body is "
          "sent again when there was no whole answer, or it was 408, 429 or 5xx. So records arrive "
          "at least once; after an answer that got lost, twice. When the attempts are used up, the "
          "run fails. Other answers than 2xx refuse the body for good, redirections too. "
          "Certificates of https are verified. Credentials are never shown. `Content-Type` follows "
          "from the encoding, unless it is one of the `headers`. Two bodies are in "
          "memory at most, one that is sent and one that is collected.")
      .example(
          "- sink: http\n"
          "  url: https://logs.example.org/ingest\n"
          "  batch: {records: 500, every: 2s}\n"
          "  compression: gzip\n")
      .make_in_place([](const Options& options, StageContext& /*context*/,
                        const StagePlace& place) -> Result<Parts> {
        Diagnostics none;
        const EncodingPlan plan = plan_of(options, place.input, none);
        Parts parts = encoding_parts(plan);
        parts.add(SinkPart{std::make_unique<HttpSink>(options, plan.encoding)});
        return parts;
      });
  declare_encoded(type, plan_of);
  registry.add(declare_record_encoding_options(declare_options(type)).done());
}

}  // namespace sluice
