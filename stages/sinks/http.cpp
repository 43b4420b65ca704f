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

#include "engine/data/scan.h"
#include "engine/stage/registry.h"
#include "stages/support/bulk_answer.h"
#include "stages/support/encoding.h"
#include "stages/support/frame_encoder.h"
#include "stages/support/http_body.h"
#include "stages/support/http_client.h"
#include "stages/support/http_options.h"
#include "stages/support/log_store_options.h"
#include "stages/support/record_texts.h"
#include "stages/support/refused_records.h"
#include "stages/support/retry_policy.h"

namespace sluice {

namespace {

using SteadyClock = std::chrono::steady_clock;

struct Options : EncodingOptions, HttpClientOptions, LogStoreOptions {
  std::string url;
  HttpMethod method = HttpMethod::post;
  BodyForm body = BodyForm::lines;
  ContentCoding compression = ContentCoding::none;
  BodyLimits batch;
  RetryPolicy retry;
  RefusalPolicy on_error;
  Duration timeout{std::chrono::seconds(60)};
};

/// Collects bodies on the thread of the sink, and sends them, one after the other, on its own: a
/// body is sent when it has waited long enough, whether or not there is more input.
class HttpSink final : public Sink {
 public:
  HttpSink(Options options, Encoding encoding)
      : options_(std::move(options)), encoding_(encoding), waiting_(options_.body) {}
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
    if (Status opened = refused_.open(options_.on_error, context); !opened) return opened;
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
    if (batch.is_stream()) {
      // It may end anywhere, also within a record.
      batch.for_each_piece([&](std::string_view piece) {
        for (std::size_t end = find_newline(piece); end != npos; end = find_newline(piece)) {
          part_ += piece.substr(0, end);
          add(part_, lock);
          part_.clear();
          piece.remove_prefix(end + 1);
        }
        part_ += piece;
      });
    } else {
      for_each_record_text(batch, [&](std::string_view line) { add(line, lock); });
    }
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
      if (!part_.empty()) waiting_.add_line(part_);
      ending_ = true;
      changed_.notify_all();
    }
    sender_.join();
    if (failure_) return *failure_;
    return Done{};
  }

  void abandon() noexcept override { give_up(); }

 private:
  void add(std::string_view line, std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [&] { return !is_full() || is_over(); });
    if (is_over()) return;
    const bool was_empty = waiting_.empty();
    waiting_.add_line(line);
    const bool is_first = was_empty && !waiting_.empty();
    if (is_first) since_ = SteadyClock::now();
    // Once for a body that begins, whose time runs, and once for one that is to be sent.
    if (is_first || is_full()) changed_.notify_all();
  }

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
    if (Status applied = apply(options_, *context_, settings); !applied) {
      return std::move(applied).error();
    }
    return settings;
  }

  std::string_view content_type() const noexcept {
    if (options_.body == BodyForm::elasticsearch) return "application/x-ndjson";
    if (options_.body != BodyForm::lines) return "application/json";
    return encoding_ == Encoding::jsonl ? "application/x-ndjson" : "text/plain; charset=utf-8";
  }

  // --- Both threads, with the mutex held -------------------------------------------------------

  bool is_full() const noexcept {
    return waiting_.records() >= options_.batch.records ||
           waiting_.bytes() >= options_.batch.bytes.bytes;
  }
  /// Nothing is sent any more.
  bool is_over() const noexcept { return stopped_ || failure_.has_value(); }

  // --- The thread that sends -------------------------------------------------------------------

  void send_all() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return !waiting_.empty() || ending_ || stopped_; });
      if (stopped_ || waiting_.empty()) return;
      changed_.wait_until(lock, since_ + options_.batch.every.value,
                          [&] { return is_full() || ending_ || stopped_; });
      HttpBody body = waiting_.cut_off();
      changed_.notify_all();
      lock.unlock();
      Status sent = deliver(std::move(body));
      lock.lock();
      if (sent) continue;
      if (!stopped_) failure_ = std::move(sent).error();
      changed_.notify_all();
      return;
    }
  }

  /// Until the server has it, or it is decided that it will not.
  Status deliver(HttpBody body) {
    Backoff backoff(options_.retry);
    while (true) {
      Result<std::string_view> content = compressed(body.content());
      if (!content) return std::move(content).error();
      Result<HttpAnswer> answer = client_.send(content.value(), text_limit());
      if (!answer && answer.error().code != ErrorCode::io) return std::move(answer).error();
      std::optional<Error> problem;
      if (!answer) {
        problem = answer.error();
      } else if (answer.value().status / 100 != 2) {
        problem = refusal(answer.value());
        if (!may_come_right(answer.value().status)) return refuse_all(body, *problem);
      } else if (Status settled = settle(answer.value(), body, problem); !settled) {
        return settled;
      }
      if (!problem) return Done{};
      const auto wait = backoff.next();
      if (!wait) {
        problem->message +=
            "; given up after " + std::to_string(options_.retry.attempts + 1) + " attempts";
        return *std::move(problem);
      }
      std::chrono::nanoseconds pause = *wait;
      if (answer && answer.value().retry_after) {
        pause = std::max<std::chrono::nanoseconds>(
            pause,
            std::min<std::chrono::seconds>(*answer.value().retry_after, longest_retry_after));
      }
      if (!wait_for(pause, *problem)) return *std::move(problem);
    }
  }

  /// The server has taken the body, but perhaps not each record: leaves in `body` those that are to
  /// be sent again, and says in `problem` why.
  Status settle(const HttpAnswer& answer, HttpBody& body, std::optional<Error>& problem) {
    if (options_.body != BodyForm::elasticsearch) return Done{};
    auto failures = read_bulk_answer(answer.text, body.records());
    if (!failures) return named(std::move(failures).error());
    std::vector<std::size_t> again;
    for (const BulkFailure& failure : failures.value()) {
      Error error;
      error.code = ErrorCode::io;
      error.message = "a record was refused with status " + std::to_string(failure.status) +
                      (failure.reason.empty() ? "" : ": " + failure.reason);
      error = named(std::move(error));
      if (may_come_right(failure.status)) {
        again.push_back(failure.number);
        if (!problem) problem = std::move(error);
      } else if (Status added = refused_.add(body.record(failure.number), error); !added) {
        return added;
      }
    }
    if (!again.empty()) body = body.only(again);
    return refused_.flush();
  }

  Status refuse_all(const HttpBody& body, const Error& problem) {
    for (std::size_t i = 0; i < body.records(); ++i) {
      if (Status added = refused_.add(body.record(i), problem); !added) return added;
    }
    return refused_.flush();
  }

  /// What has to be seen of an answer: its beginning, or what became of each record.
  std::size_t text_limit() const noexcept {
    constexpr std::size_t beginning = 512;
    constexpr std::size_t whole = 256 << 20;
    return options_.body == BodyForm::elasticsearch ? whole : beginning;
  }

  Result<std::string_view> compressed(std::string_view text) {
    if (encoder_ == nullptr) return text;
    compressed_.resize(encoder_->bound(text.size()));
    const Result<std::size_t> size = encoder_->encode(text, compressed_);
    if (!size) return size.error();
    return std::string_view(compressed_).substr(0, size.value());
  }

  Error named(Error error) const {
    error.file = options_.url;
    return error;
  }

  Error refusal(const HttpAnswer& answer) const {
    constexpr std::size_t longest_excerpt = 512;
    Error error;
    error.code = ErrorCode::io;
    error.message = "the server answered with status " + std::to_string(answer.status);
    if (!answer.text.empty()) error.message += ": " + answer.text.substr(0, longest_excerpt);
    return named(std::move(error));
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
  RefusedRecords refused_;
  std::string part_;  ///< Of a line whose end has not come yet.

  std::mutex mutex_;
  std::condition_variable changed_;
  HttpBody waiting_;
  SteadyClock::time_point since_;  ///< When its first record came.
  std::optional<Error> failure_;
  bool ending_ = false;
  bool stopped_ = false;
  std::thread sender_;
};

EncodingPlan plan_of(Options options, const Schema& input, Diagnostics& diagnostics) {
  const bool is_open = options.encoding == Encoding::automatic;
  const bool wants_json =
      options.body == BodyForm::array || options.body == BodyForm::elasticsearch;
  if (wants_json && is_open) options.encoding = Encoding::jsonl;
  EncodingPlan plan = plan_encoding(options, {}, input, diagnostics);
  plan_log_store(options.body, options, input, plan, diagnostics);
  return plan;
}

void check(const Options& options, const OptionErrors& errors) {
  check_url("url", options.url, errors);
  if (options.tls && options.url.starts_with("http://")) {
    report_tls(errors, "the URL is one of http, not of https");
  }
  check_log_store(options.body, options, errors);
  const Encoding encoding = options.encoding;
  const bool is_json =
      encoding == Encoding::automatic || encoding == Encoding::jsonl || encoding == Encoding::raw;
  const bool wants_json =
      options.body == BodyForm::array || options.body == BodyForm::elasticsearch;
  if (wants_json && !is_json) {
    errors.add("encoding", "option.conflict",
               "`body: " + OptionType<BodyForm>::print(options.body) + "` is made of JSON",
               "leave `encoding` out, or use `raw` for records that are JSON");
  }
  const bool has_titles =
      encoding == Encoding::csv || encoding == Encoding::tsv || encoding == Encoding::table;
  if (options.body == BodyForm::loki && has_titles) {
    errors.add("encoding", "option.conflict", "`body: loki` is made of records alone",
               "use another one, such as logfmt");
  }
}

Declare<Options>& declare_options(Declare<Options>& type) {
  const auto up_to_a_day =
      between(Duration{std::chrono::milliseconds(1)}, Duration{std::chrono::hours(24)});
  type.required("url", &Options::url, "Where to send to, as in `https://logs.example.org/ingest`.")
      .option("method", &Options::method, "The method of requests.")
      .option(
          "body", &Options::body,
          "Whether records stand in a body as `lines`, as elements of a JSON `array`, or as the "
          "bulk API of Elasticsearch (`elasticsearch`) or the push API of Loki (`loki`) have "
          "them.")
      .option("compression", &Options::compression, "How bodies are compressed.")
      .option("batch", &Options::batch,
              "When a body is sent: when it has so many records or bytes (before compression), or "
              "its first record has waited so long for others.")
      .option("retry", &Options::retry,
              "How often a body is sent again, and how long to wait before. A server that says "
              "`Retry-After` is given that time, up to an hour.")
      .option("on_error", &Options::on_error,
              "What becomes of records that the server refuses for good: the run may `fail`, "
              "`drop` them (counted as rejected, `refused`), or put them behind what is in a file, "
              "each as a JSON object of `error` and `record`: `{to: refused.jsonl}`.")
      .option("timeout", &Options::timeout, "The longest that a request and its answer may take.",
              up_to_a_day)
      .check(check);
  return declare_log_store_options(declare_http_client_options(type));
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
        SinkPart part{std::make_unique<HttpSink>(options, plan.encoding)};
        const bool is_sent_as_it_is =
            options.compression == ContentCoding::none &&
            (options.body == BodyForm::lines || options.body == BodyForm::elasticsearch);
        part.notes.push_back("beside the buffers, two bodies: 2 x " + print(options.batch.bytes) +
                             ", and the record that makes each full" +
                             (is_sent_as_it_is ? "" : "; and what one of them is sent as"));
        parts.add(std::move(part));
        return parts;
      });
  declare_encoded(type, plan_of);
  registry.add(declare_record_encoding_options(declare_options(type)).done());
}

}  // namespace sluice
