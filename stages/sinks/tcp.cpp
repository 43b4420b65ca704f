// The sink `tcp`: records over a connection.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/connector.h"
#include "stages/support/encoding.h"
#include "stages/support/line_joiner.h"
#include "stages/support/retry_policy.h"
#include "stages/support/sent_blocks.h"
#include "stages/support/socket_writing.h"
#include "stages/support/tcp_options.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Options : EncodingOptions, ConnectionOptions {
  NetworkAddress address;
  std::optional<RetryPolicy> retry;
  ByteSize resend;
  Duration write_timeout{seconds(60)};
  Duration close_timeout{seconds(10)};
};

/// Where a block that was written in part is taken up again over a new connection.
enum class TakenUp : std::uint8_t {
  at_line,   ///< At the first line that was not accepted whole.
  at_block,  ///< At its start: where its records begin cannot be seen.
};

TakenUp taken_up(const EncodingPlan& plan) {
  const bool is_lines = is_plain_lines(plan.framing);
  const bool one_line_each = plan.encoding == Encoding::raw || plan.encoding == Encoding::jsonl ||
                             plan.encoding == Encoding::logfmt;
  return is_lines && one_line_each ? TakenUp::at_line : TakenUp::at_block;
}

/// Sends blocks that begin with a record. `is_encoded`: batches hold text that was made for this
/// sink, of which only the number of records tells whether they end with one.
class TcpSink final : public Sink {
 public:
  TcpSink(Options options, TakenUp taken_up, bool is_encoded)
      : options_(std::move(options)),
        taken_up_(taken_up),
        is_encoded_(is_encoded),
        connector_(options_.address, options_, ConnectionEnd::connects),
        backoff_(options_.retry.value_or(RetryPolicy{})),
        sent_(options_.resend.bytes) {}

  Status open(StageContext& context) override {
    context_ = &context;
    if (Status opened = wakeup_.open(); !opened) return opened;
    if (Status opened = connector_.open(context); !opened) return opened;
    Status connected = connect();
    if (connected || !options_.retry) return connected;
    return reconnect(std::move(connected).error());
  }

  bool may_block() const override { return true; }

  Result<Next> write(const Batch& batch) override {
    Status status = Done{};
    joiner_.pieces(batch, [&](std::string_view piece) {
      if (status) status = accept(batch, piece);
    });
    if (status) backoff_.reset();
    return next(std::move(status));
  }

  Status flush() override {
    Result<Next> flushed = next(send_collected());
    if (!flushed) return std::move(flushed).error();
    return Done{};
  }

  Status end_input() override {
    if (closed_) return Done{};
    Status read = end();
    while (!read && options_.resend.bytes > 0 && read.error().code != ErrorCode::cancelled) {
      if (Status again = reconnect_and_resend(std::move(read).error()); !again) return again;
      read = end();
    }
    connection_ = nullptr;
    return read;
  }

  void abandon() noexcept override { connection_ = nullptr; }

  void stop() noexcept override { wakeup_.signal(); }

 private:
  // --- Records ----------------------------------------------------------------------------------

  bool ends_record(const Batch& batch, std::string_view piece) const noexcept {
    if (is_encoded_ && taken_up_ == TakenUp::at_block) return batch.record_count() > 0;
    return is_bytes(batch) || piece.back() == '\n';
  }

  /// Content that is no records: it goes on where it was cut.
  bool is_bytes(const Batch& batch) const noexcept { return batch.is_stream() && !is_encoded_; }

  Status accept(const Batch& batch, std::string_view piece) {
    is_bytes_ = is_bytes(batch);
    const bool is_whole = ends_record(batch, piece);
    if (is_whole && piece.size() >= direct_bytes) {
      Status sent = send_collected();
      return sent ? send(piece) : sent;
    }
    collected_.append(piece);
    return is_whole && collected_.size() >= block_bytes ? send_collected() : Done{};
  }

  Status send_collected() {
    Status sent = send(collected_);
    collected_.clear();
    return sent;
  }

  Status send(std::string_view block) {
    std::string_view left = block;
    while (!left.empty() && !closed_) {
      Status written = write_some(left);
      if (written) break;
      const std::size_t accepted = block.size() - left.size();
      if (Status again = reconnect_and_resend(std::move(written).error()); !again) return again;
      const std::size_t from = taken_up_at(block, accepted);
      context_->findings().number("bytes_sent_again").fetch_add(accepted - from);
      left = block.substr(from);
    }
    if (!is_bytes_) sent_.add(block);
    return Done{};
  }

  Status write_some(std::string_view& left) {
    Result<Written> written = write_to(*connection_, left, Answers::drop, write_patience());
    if (!written) return std::move(written).error();
    if (written.value() == Written::all) return Done{};
    Error error;
    error.code = ErrorCode::io;
    error.message = "the peer has closed the connection";
    error.file = connection_->name();
    return error;
  }

  /// Until a connection has lasted for all that the last ones may not have delivered.
  Status reconnect_and_resend(Error why) {
    Status resent = std::move(why);
    while (!resent) {
      if (Status again = reconnect(std::move(resent).error()); !again) return again;
      resent = resend();
    }
    return resent;
  }

  Status resend() {
    for (const std::string& block : sent_.blocks()) {
      std::string_view left = block;
      if (Status written = write_some(left); !written) return written;
      context_->findings().number("bytes_sent_again").fetch_add(block.size());
    }
    return Done{};
  }

  Status end() {
    if (Status ended = end_writing(*connection_, write_patience()); !ended) return ended;
    Status read = await_end_of(*connection_, {options_.close_timeout.value, wakeup_});
    if (read || read.error().code != ErrorCode::corrupt_input) return read;
    // Of TLS; there are receivers that never say so.
    context_->warn("truncated", 1, to_string(read.error()));
    return Done{};
  }

  SocketPatience write_patience() const noexcept { return {options_.write_timeout.value, wakeup_}; }

  std::size_t taken_up_at(std::string_view block, std::size_t accepted) const {
    if (is_bytes_) return accepted;
    // With `resend` what was accepted may be lost as well.
    if (taken_up_ == TakenUp::at_block || options_.resend.bytes > 0) return 0;
    return block.substr(0, accepted).rfind('\n') + 1;  // npos + 1 is 0.
  }

  /// A run that is given up has its error already.
  Result<Next> next(Status status) {
    if (!status && status.error().code != ErrorCode::cancelled) return std::move(status).error();
    if (!status) closed_ = true;
    return closed_ ? Next::finished : Next::again;
  }

  // --- The connection ---------------------------------------------------------------------------

  Status connect() {
    Result<std::unique_ptr<Transport>> made = connector_.connect(wakeup_);
    if (!made) return std::move(made).error();
    connection_ = std::move(made).value();
    return Done{};
  }

  /// A peer that is not the one that is meant, or does not want us, will not be another soon.
  static bool is_final(const Error& error) noexcept {
    return error.code == ErrorCode::cancelled || error.code == ErrorCode::bad_config;
  }

  /// Connects again, as often as it may.
  Status reconnect(Error why) {
    connection_ = nullptr;
    std::uint64_t attempts = 0;
    while (!is_final(why)) {
      const auto wait = backoff_.next();
      if (!wait) return why;
      if (attempts++ == 0) {
        context_->log(LogLevel::warning, "lost",
                      {{"address", options_.address.text()},
                       {"reason", to_string(why)},
                       {"next", "connect again"}});
      }
      Status connected = pause(*wait);
      if (connected) connected = connect();
      if (connected) {
        context_->findings().number("reconnects").fetch_add(1);
        context_->log(LogLevel::info, "connected",
                      {{"address", options_.address.text()}, {"attempts", attempts}});
        return connected;
      }
      why = std::move(connected).error();
    }
    return why;
  }

  Status pause(std::chrono::nanoseconds wait) {
    if (!wakeup_.wait(context_->io(), wait)) return Done{};
    Error error;
    error.code = ErrorCode::cancelled;
    error.message = "the run is given up";
    return error;
  }

  /// What is collected before it is sent; a piece of at least `direct_bytes` is not copied.
  static constexpr std::size_t block_bytes = 256 << 10;
  static constexpr std::size_t direct_bytes = 64 << 10;

  Options options_;
  TakenUp taken_up_;
  bool is_encoded_;
  bool is_bytes_ = false;
  Connector connector_;
  Backoff backoff_;
  StageContext* context_ = nullptr;
  Wakeup wakeup_;
  std::unique_ptr<Transport> connection_;
  SentBlocks sent_;
  LineJoiner joiner_;
  std::string collected_;
  bool closed_ = false;
};

}  // namespace

void register_tcp_sink(Registry& registry) {
  Declare<Options> type(Role::sink, "tcp", "Sends records over a TCP connection or a Unix socket.");
  type.main("address")
      .input(EdgeType::any)
      .details(
          "It connects before the run begins. A connection that is lost is made again, and the "
          "block that was being written (some 256 KiB, or one batch) is sent again from its first "
          "record that the system has not accepted whole; where records are not lines, from its "
          "start; plain bytes go on where they were cut. So what the system had accepted may have "
          "come twice, or be lost in the buffers between here and a peer that died: TCP does not "
          "tell what a peer has read. `resend` keeps that much of what was sent last, whole "
          "blocks, "
          "and sends it again over each new connection: as long as it is more than both systems "
          "buffer, no record is lost and some come twice. At the end it says that nothing follows, "
          "and waits until the "
          "peer has closed the connection. What the peer sends is dropped.")
      .example(
          "- sink: tcp\n"
          "  address: logs.example.org:6514\n"
          "  framing: octet_counted\n"
          "  retry: { attempts: 20, max_backoff: 1m }\n")
      .required("address", &Options::address,
                "The peer: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` of this machine, or `unix:PATH`.")
      .option("retry", &Options::retry,
              "How a lost connection is made again: `attempts` in a row (10), after waits that "
              "double from `backoff` (100ms) to `max_backoff` (30s), of which the share `jitter` "
              "(0.5) is left to chance. Given, it holds for the first connection, too; else that "
              "one has to succeed at once.")
      .option("resend", &Options::resend,
              "How much of what was sent last is sent again after a connection was lost, or was "
              "closed by the peer before it had read everything; 0: only what was not accepted. "
              "Linux buffers up to some 10MiB between two programs. Not for plain bytes.",
              between(ByteSize{}, 1_GiB))
      .option("write_timeout", &Options::write_timeout,
              "A peer that takes nothing for so long counts as lost.",
              between(Duration{milliseconds(1)}, longest_wait))
      .option("close_timeout", &Options::close_timeout,
              "How long the peer may take at the end to close the connection; the run fails when "
              "it takes longer, since it may not have read everything.",
              between(Duration{milliseconds(1)}, longest_wait))
      .check([](const Options& options, const OptionErrors& errors) {
        check_tls(options.tls, options.address, ConnectionEnd::connects, errors);
      })
      .make_in_place([](const Options& options, StageContext& /*context*/,
                        const StagePlace& place) -> Result<Parts> {
        Diagnostics none;
        const EncodingPlan plan = plan_without_path(options, place.input, none);
        Parts parts = encoding_parts(plan);
        const bool is_encoded = !parts.empty();
        SinkPart part{std::make_unique<TcpSink>(options, taken_up(plan), is_encoded)};
        if (options.resend.bytes > 0) {
          part.notes.push_back("beside the buffers, what was sent last: " + print(options.resend) +
                               " and a block");
        }
        parts.add(std::move(part));
        return parts;
      });
  declare_connection_options(declare_encoded(type, plan_without_path));
  registry.add(declare_encoding_options(type).done());
}

}  // namespace sluice
