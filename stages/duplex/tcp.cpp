// The duplex `tcp`: records to a peer, and its answers.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/connection_input.h"
#include "stages/support/connector.h"
#include "stages/support/duplex_peer.h"
#include "stages/support/encoding.h"
#include "stages/support/event_loop.h"
#include "stages/support/file_reading.h"
#include "stages/support/line_joiner.h"
#include "stages/support/retry_policy.h"
#include "stages/support/socket_writing.h"
#include "stages/support/tcp_options.h"

namespace sluice {
namespace {

struct Options : FramingOptions, RecordEncodingOptions, ConnectionOptions {
  Options() noexcept { framing = Framing::automatic; }
  NetworkAddress address;
  std::optional<RetryPolicy> retry;
  Duration linger = default_linger;
};

class TcpPeer final : public DuplexPeer {
 public:
  TcpPeer(const Options& options, StageContext& context)
      : options_(options),
        context_(context),
        connector_(options.address, options, ConnectionEnd::connects) {}

  Status open() override {
    if (Status opened = loop_.open(); !opened) return opened;
    if (Status opened = connector_.open(context_); !opened) return opened;
    Result<std::unique_ptr<Transport>> made = connector_.connect(loop_.wakeup(), options_.retry);
    if (!made) return std::move(made).error();
    std::string name = peer_name(options_.address, made.value()->name());
    answers_.emplace(std::move(made).value(), std::move(name), options_);
    return loop_.add(answers_->fd(), this);
  }

  // --- The thread that writes -------------------------------------------------------------------

  Result<Next> write(const Batch& batch) override {
    Status status = Done{};
    joiner_.pieces(batch, [&](std::string_view piece) {
      if (status) status = accept(piece);
    });
    if (!status) return std::move(status).error();
    return is_refused_ ? Next::finished : Next::again;
  }

  Status flush() override {
    Status sent = send(collected_);
    collected_.clear();
    return sent;
  }

  /// A peer that is gone already is the reader's affair.
  void end_input() override {
    if (flush()) static_cast<void>(end_writing(answers_->transport(), patience()));
  }

  // --- The thread that reads --------------------------------------------------------------------

  Result<Next> read(Batch& batch) override {
    if (failure_) return *failure_;
    if (has_ended_) return Next::finished;
    answers_->start(*batch.buffer());
    waiting_since_ns_ = 0;
    while (!loop_.woken()) {
      const bool is_waiting = answers_->has_records() || unflushed_;
      if (is_waiting && linger_left().count() == 0) return hand_out(batch, true);
      const Result<void*> ready =
          loop_.next(is_waiting ? std::optional(linger_left()) : std::nullopt);
      if (!ready) return ready.error();
      if (ready.value() == nullptr) continue;
      const ConnectionInput::Received received = answers_->receive();
      if (received == ConnectionInput::Received::some) continue;
      if (received != ConnectionInput::Received::full) {
        return end(batch, received == ConnectionInput::Received::end);
      }
      if (answers_->transport().has_buffered()) loop_.again(answers_->fd(), this);
      return hand_out(batch, false);
    }
    return Next::finished;
  }

  std::unique_ptr<Loader> make_loader() const override {
    return make_file_loader(uncompressed(options_), settings_, context_);
  }

  void stop() noexcept override { loop_.wake(); }

 private:
  SocketPatience patience() const noexcept { return {std::nullopt, loop_.wakeup()}; }

  Status accept(std::string_view piece) {
    if (piece.size() < direct_bytes) {
      collected_.append(piece);
      return collected_.size() < block_bytes ? Done{} : flush();
    }
    Status sent = flush();
    return sent ? send(piece) : sent;
  }

  /// A peer that takes no more has what it wants; a run that is given up has its error already.
  Status send(std::string_view left) {
    if (left.empty() || is_refused_) return Done{};
    const Result<Written> written =
        write_to(answers_->transport(), left, Answers::leave, patience());
    if (!written && written.error().code != ErrorCode::cancelled) return written.error();
    is_refused_ = !written || written.value() == Written::refused;
    return Done{};
  }

  /// How long what there is to hand out, or to flush, may wait for more to go with it.
  std::chrono::nanoseconds linger_left() {
    const std::int64_t now_ns = context_.clock().steady_ns();
    if (waiting_since_ns_ == 0) waiting_since_ns_ = now_ns;
    const std::chrono::nanoseconds passed(now_ns - waiting_since_ns_);
    return std::max(options_.linger.value - passed, std::chrono::nanoseconds(0));
  }

  Result<Next> hand_out(Batch& batch, bool flush) {
    if (!answers_->hand_out(batch)) failure_ = answers_->error();
    batch.set_flush(flush);
    unflushed_ = !flush;
    return Next::again;
  }

  /// What is whole is handed out even if the connection broke off behind it.
  Result<Next> end(Batch& batch, bool is_end) {
    has_ended_ = true;
    if (!answers_->finish(batch, is_end) || !is_end) failure_ = answers_->error();
    if (batch.byte_count() > 0) return Next::again;
    if (failure_) return *failure_;
    return Next::finished;
  }

  /// What is collected before it is sent; a piece of at least `direct_bytes` is not copied.
  static constexpr std::size_t block_bytes = 256 << 10;
  static constexpr std::size_t direct_bytes = 64 << 10;

  Options options_;
  StageContext& context_;
  CodecSettings settings_;
  Connector connector_;
  EventLoop loop_;
  std::optional<ConnectionInput> answers_;  ///< The writer uses its transport alone.

  LineJoiner joiner_;
  std::string collected_;
  bool is_refused_ = false;

  std::int64_t waiting_since_ns_ = 0;  ///< When this buffer had something to hand out; 0: not yet.
  bool unflushed_ = false;             ///< The last batch was handed out without a flush.
  bool has_ended_ = false;
  std::optional<Error> failure_;
};

/// What is sent is framed as what comes back, as far as that can be written.
OutputFraming sent_framing(Framing framing) noexcept {
  switch (framing) {
    case Framing::null_terminated:
      return OutputFraming::null_terminated;
    case Framing::length_prefixed:
      return OutputFraming::length_prefixed;
    case Framing::octet_counted:
      return OutputFraming::octet_counted;
    case Framing::json_seq:
      return OutputFraming::json_seq;
    case Framing::automatic:
    case Framing::lines:
    case Framing::csv:
    case Framing::tsv:
    case Framing::fixed:
    case Framing::whole_file:
    case Framing::none:
      break;
  }
  return OutputFraming::lines;
}

EncodingPlan encoding_of(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  EncodingOptions encoding{static_cast<const RecordEncodingOptions&>(options), {}};
  encoding.framing = sent_framing(options.framing);
  encoding.delimiter = options.delimiter;
  encoding.prefix = options.prefix;
  return plan_without_path(encoding, input, diagnostics);
}

Result<Parts> make_tcp(const Options& given, StageContext& context, const StagePlace& place) {
  const Options options = resolved(given, place);
  const auto peer = std::make_shared<TcpPeer>(options, context);
  Diagnostics none;
  Parts parts = encoding_parts(encoding_of(options, place.input, none));
  add_ends(parts, peer, longest_record(options));
  return parts;
}

}  // namespace

void register_tcp_duplex(Registry& registry) {
  Declare<Options> type(Role::duplex, "tcp",
                        "Sends records over a TCP connection or a Unix socket, and reads the "
                        "answers.");
  type.main("address")
      .input(EdgeType::any)
      .details(
          "It writes and reads at the same time, so the peer may answer each record, or all of "
          "them at the end, or none. When the last record is sent it ends its half of the "
          "connection, and reads the answer to its end. What comes back is new: it has no fields, "
          "and its order is the peer's. Both directions have the same framing; what is sent with "
          "`csv`, `tsv`, `fixed` or `whole_file` are lines. A peer that reads no more has what it "
          "wants: the stages above stop. A connection that is lost in the run fails it: nobody can "
          "tell what the peer would still have answered.")
      .example(
          "- duplex: tcp\n"
          "  address: localhost:7000\n"
          "  encoding: jsonl\n")
      .required("address", &Options::address,
                "The peer: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` of this machine, or `unix:PATH`.")
      .option(
          "retry", &Options::retry,
          "When the connection cannot be made before the run: `attempts` more (10), after waits "
          "that double from `backoff` (100ms) to `max_backoff` (30s), of which the share "
          "`jitter` (0.5) is left to chance.")
      .option("linger", &Options::linger,
              "How long records that come back may wait for more to go with them.",
              between(Duration{}, Duration{std::chrono::seconds(10)}))
      .check([](const Options& options, const OptionErrors& errors) {
        check_tls(options.tls, options.address, ConnectionEnd::connects, errors);
      })
      .output([](const Options& options) { return framed_output(options); })
      .make_in_place(make_tcp);
  declare_record_encoding_options(declare_connection_options(declare_encoded(type, encoding_of)));
  registry.add(declare_framing_options(type).done());
}

}  // namespace sluice
