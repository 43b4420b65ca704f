// The source `http`: the records that clients post over HTTP.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/meta_field.h"
#include "engine/stage/registry.h"
#include "stages/support/connection_input.h"
#include "stages/support/file_loading.h"
#include "stages/support/file_reading.h"
#include "stages/support/http_server.h"
#include "stages/support/stream_framer.h"
#include "stages/support/tcp_options.h"

namespace sluice {
namespace {

struct Options : FramingOptions {
  Options() noexcept { framing = Framing::automatic; }
  NetworkAddress listen;
  std::string path = "/";
  std::uint64_t max_connections = 1000;
  ByteSize max_header = 8_KiB;
  ByteSize max_body = 16_MiB;
  ByteSize max_pending = 64_MiB;
  Duration idle_timeout{std::chrono::seconds(60)};
  Duration receive_timeout{std::chrono::minutes(5)};
  Duration max_wait{std::chrono::seconds(5)};
  Duration retry_after{std::chrono::seconds(1)};
  Duration linger = default_linger;
};

/// A body is an input of its own, not to be put together with others: it may begin with a header of
/// its own, be all one record, or end in one that only what follows shows to be whole.
bool stands_alone(Framing framing) noexcept {
  return is_separated(framing) || framing == Framing::whole_file || framing == Framing::json_seq;
}

/// What the last record of a body ends with even if its sender left that out, so that other bodies
/// may follow.
std::string ending_of(const FramingOptions& options) {
  if (options.framing == Framing::lines) return options.delimiter.value_or("\n");
  if (options.framing == Framing::null_terminated) return std::string(1, '\0');
  return {};
}

/// What keeps a text from being whole records; nothing: nothing.
std::optional<std::string> damage_in(std::string_view text, const FramingOptions& options) {
  const auto framer = make_record_framer(options);
  framer->restart(0);
  const std::size_t whole = framer->find_whole(text);
  if (const auto& damage = framer->damage()) {
    return damage->what + " (byte " + std::to_string(damage->offset) + " of the body)";
  }
  if (whole == text.size() || framer->ends_with_input()) return std::nullopt;
  return "the body ends inside a record, which begins at byte " + std::to_string(whole);
}

/// Cuts bodies into batches, one behind the other, and accepts a body as soon as its last byte is
/// in a batch that goes on.
class HttpSource final : public Source {
 public:
  HttpSource(const Options& options, bool keeps_peers, StageContext& context)
      : options_(options),
        ending_(ending_of(options)),
        keeps_peers_(keeps_peers),
        context_(context),
        lines_(make_ledger(options)),
        server_(context) {}

  Status open(StageContext& /*context*/) override {
    HttpServerSettings settings;
    settings.listen = options_.listen;
    settings.path = options_.path;
    settings.max_connections = options_.max_connections;
    settings.max_header = options_.max_header;
    settings.max_body = options_.max_body;
    settings.max_pending = options_.max_pending;
    settings.idle_timeout = options_.idle_timeout;
    settings.receive_timeout = options_.receive_timeout;
    settings.max_wait = options_.max_wait;
    settings.retry_after = options_.retry_after;
    settings.keeps_peers = keeps_peers_;
    settings.check = [options = static_cast<const FramingOptions&>(options_)](
                         std::string_view text) { return damage_in(text, options); };
    return server_.open(std::move(settings));
  }

  bool may_block() const override { return true; }
  /// What has arrived whole when the run is asked to end waits for its answer.
  bool ends_itself() const noexcept override { return true; }
  void stop() noexcept override { server_.stop(); }
  Progress progress() const override { return {0, read_bytes_.load(std::memory_order_relaxed)}; }

  std::unique_ptr<Loader> make_loader() override {
    return make_file_loader(uncompressed(options_), settings_, context_);
  }

  Result<Next> read(Batch& batch) override {
    if (!framer_) framer_.emplace(options_);
    framer_->start(*batch.buffer());
    Filled filled = Filled::part;
    while (filled == Filled::part) {
      if (!body_ && !take_body()) break;
      if (name_ != body_->peer && framer_->size() > 0) break;
      name_ = body_->peer;
      filled = fill();
    }
    return send(batch, filled == Filled::end);
  }

 private:
  enum class Filled : std::uint8_t {
    part,  ///< There is room for more.
    full,
    end,  ///< A body that stands alone has ended.
  };

  /// The next body, which is waited for only when there is nothing to send.
  bool take_body() {
    std::optional<std::chrono::nanoseconds> limit;
    if (framer_->size() > 0 || !entered_.empty()) {
      limit = std::chrono::nanoseconds(0);
    } else if (unflushed_) {
      limit = options_.linger.value;
    }
    body_ = server_.take(limit);
    position_ = 0;
    if (!body_) return false;
    read_bytes_.fetch_add(body_->text.size(), std::memory_order_relaxed);
    if (!body_->text.empty() && !body_->text.ends_with(ending_)) body_->text += ending_;
    return true;
  }

  /// Puts as much of the body into the buffer as there is room for.
  Filled fill() {
    const std::string& text = body_->text;
    while (position_ < text.size()) {
      const std::span<char> room = framer_->room();
      if (room.empty()) return Filled::full;
      const std::size_t count = std::min(room.size(), text.size() - position_);
      std::memcpy(room.data(), text.data() + position_, count);
      framer_->add(count);
      position_ += count;
      received_bytes_ += count;
    }
    entered_.push_back(body_->number);
    const bool is_empty = text.empty();
    body_.reset();
    return stands_alone(options_.framing) && !is_empty ? Filled::end : Filled::part;
  }

  Result<Next> send(Batch& batch, bool is_end) {
    const std::uint64_t offset = received_bytes_ - framer_->size();
    const std::span<char> text = is_end ? framer_->take_all() : framer_->take_records();
    if (framer_->damage()) return unexpected(*framer_->damage());
    if (!text.empty()) {
      set_work(batch, work(), offset, offset, 0);
      if (head_ == nullptr) head_ = framer_->first_record(text);
      batch.input_place()->head = head_;
      batch.set_bytes({text.data(), text.size()}, 0);
    }
    if (is_end) begin_input();
    for (const std::uint64_t number : entered_) server_.accept(number);
    entered_.clear();
    const bool is_quiet = text.empty() && !body_;
    if (is_quiet && !unflushed_) return server_.ended() ? Next::finished : Next::input;
    batch.set_flush(is_quiet);
    unflushed_ = !is_quiet;
    return Next::again;
  }

  /// The next body is an input of its own.
  void begin_input() {
    framer_.reset();
    head_ = nullptr;
    work_ = nullptr;
    lines_ = make_ledger(options_);
    received_bytes_ = 0;
  }

  static Error unexpected(const FramingDamage& damage) {
    Error error;
    error.message = "a body that was found to be whole records is not: " + damage.what;
    return error;
  }

  const std::shared_ptr<const LoadedWork>& work() {
    if (work_ == nullptr || work_->file->name != name_) {
      auto file = std::make_shared<LoadedFile>();
      file->name = name_;
      file->lines = lines_;
      work_ = std::make_shared<LoadedWork>(LoadedWork{std::move(file), std::nullopt, std::nullopt});
    }
    return work_;
  }

  const Options options_;
  const std::string ending_;
  const bool keeps_peers_;
  StageContext& context_;
  CodecSettings settings_;
  std::shared_ptr<InputLedger> lines_;
  std::optional<StreamFramer> framer_;  ///< Of the current body, or of all.
  std::optional<PostedBody> body_;      ///< The one that is being put into batches.
  std::size_t position_ = 0;            ///< How much of it is.
  std::vector<std::uint64_t> entered_;  ///< Bodies that end in the batch being filled.
  std::string name_;                    ///< Of the peer whose records are being put into batches.
  std::shared_ptr<const LoadedWork> work_;
  std::shared_ptr<const std::string> head_;
  std::uint64_t received_bytes_ = 0;  ///< Of the current input.
  bool unflushed_ = false;            ///< The last batch was sent without a flush.
  std::atomic<std::uint64_t> read_bytes_{0};
  HttpServer server_;
};

Result<Parts> make_http(const Options& given, StageContext& context, const StagePlace& place) {
  const Options options = resolved(given, place);
  const std::vector<MetaField> wanted = meta_fields_in(place.output.fields);
  const bool keeps_peers = std::find(wanted.begin(), wanted.end(), MetaField::path) != wanted.end();
  SourcePart part{std::make_unique<HttpSource>(options, keeps_peers, context),
                  longest_record(options), /*has_loader=*/true};
  part.notes.push_back("beside the buffers, bodies that wait: at most " +
                       print(options.max_pending));
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

void check(const Options& options, const OptionErrors& errors) {
  if (!options.path.starts_with('/')) {
    errors.add("path", "option.type", "option 'path': it begins with a slash", "as in `/ingest`");
  }
  if (options.max_pending < options.max_body) {
    errors.add("max_pending", "option.conflict", "'max_pending' must have room for 'max_body'");
  }
}

}  // namespace

void register_http_source(Registry& registry) {
  Declare<Options> type(Role::source, "http", "Receives records that are posted over HTTP.");
  type.main("listen")
      .details(
          "A request is accepted whole or not at all. It is answered 204 when all its records have "
          "entered the pipeline; what is refused (400, 404, 405, 413, 415, 431, 503) has left "
          "nothing in it, and the answer says why, in JSON. Bodies may be compressed "
          "(`Content-Encoding: gzip` or `zstd`). When the stages below do not keep up, bodies wait "
          "in memory, up to `max_pending` and `max_wait`, and beyond that clients are answered 503 "
          "with `Retry-After`. Records of bodies follow each other in the order in which these "
          "were complete. `meta.path` is the peer; `meta.line` and `meta.offset` count in all that "
          "was accepted, or in a body of `csv`, `tsv`, `json_seq` and `whole_file`. A run that is "
          "asked to end answers those whose bodies have arrived, and "
          "refuses others.")
      .example(
          "- source: http\n"
          "  listen: :8080\n"
          "  path: /ingest\n"
          "  max_body: 4MiB\n")
      .required("listen", &Options::listen,
                "Where clients connect to: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` for every address "
                "of this machine, or `unix:PATH`. Port 0 is one that the system chooses.")
      .option("path", &Options::path, "The path that is posted to; others are answered 404.")
      .option("max_connections", &Options::max_connections,
              "How many may be open at once; further ones wait until another one is closed.",
              between<std::uint64_t>(1, 1'000'000))
      .option("max_header", &Options::max_header,
              "The longest header of a request; longer ones are answered 431.",
              between<ByteSize>(1_KiB, 1_MiB))
      .option("max_body", &Options::max_body,
              "The longest body, as sent and decompressed; longer ones are answered 413.",
              between<ByteSize>(1_B, 1_GiB))
      .option("max_pending", &Options::max_pending,
              "How much memory bodies may take that have not entered the pipeline; a request that "
              "finds no room is answered 503.",
              between<ByteSize>(1_B, 64_GiB))
      .option("max_wait", &Options::max_wait,
              "How long a body may wait for room in the pipeline before it is answered 503.",
              between(Duration{std::chrono::milliseconds(1)}, longest_wait))
      .option("retry_after", &Options::retry_after,
              "What clients are told that are answered 503: when to come again.",
              between(Duration{std::chrono::seconds(1)}, longest_wait))
      .option("idle_timeout", &Options::idle_timeout,
              "A connection over which nothing came for so long, in whole seconds, is closed; 0s: "
              "none is.",
              between(Duration{}, longest_wait))
      .option("receive_timeout", &Options::receive_timeout,
              "How long a body may take to arrive before its connection is closed; 0s: as long as "
              "it likes.",
              between(Duration{}, longest_wait))
      .option("linger", &Options::linger,
              "How long it must be quiet before sinks are told to pass on what they hold back.",
              between(Duration{}, Duration{std::chrono::seconds(10)}))
      .check(check)
      .output([](const Options& options) { return framed_output(options); })
      .make_in_place(make_http);
  registry.add(declare_framing_options(type).done());
}

}  // namespace sluice
