#include "stages/support/tcp_receiver.h"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>

#include "stages/support/connection_input.h"
#include "stages/support/event_loop.h"
#include "stages/support/network_socket.h"
#include "stages/support/open_connections.h"
#include "stages/support/rate_limit.h"
#include "stages/support/socket_writing.h"

namespace sluice {
namespace {

using std::chrono::nanoseconds;

class TcpReceiver final : public Source {
 public:
  TcpReceiver(TcpReceiverOptions options, StageContext& context)
      : options_(std::move(options)),
        context_(context),
        connector_(options_.address(), options_, options_.end()),
        backoff_(options_.retry.value_or(RetryPolicy{})),
        accepted_(context.findings().number("connections")),
        log_limit_(1, log_saved.count()) {
    // Ten lines may come at once, at first as well.
    log_limit_.pass(0, now_ns() - log_saved.count());
  }

  Status open(StageContext& context) override {
    if (Status opened = loop_.open(); !opened) return opened;
    if (Status opened = connector_.open(context); !opened) return opened;
    return options_.listen ? listen() : tried(connect());
  }

  bool may_block() const override { return true; }
  bool ends_itself() const noexcept override { return true; }

  Result<Next> read(Batch& batch) override {
    // Set while the records of a connection are being collected in the batch's buffer.
    Connection* current = nullptr;
    // Where somebody always has something to say, the loop never gets around to those who have not.
    Result<Next> closed = close_late(current, batch);
    if (!closed || closed.value() == Next::again) return closed;
    while (!loop_.woken()) {
      if (connections_.empty() && !listening_) {
        if (!is_lost_) return Next::finished;
        // What it has sent before must not wait for its return.
        if (unflushed_) return send(nullptr, batch, true);
        if (Status again = connect_again(); !again) return std::move(again).error();
        continue;
      }
      const bool has_records = current != nullptr && current->input.has_records();
      const bool is_waiting = has_records || unflushed_;
      if (is_waiting && linger_left().count() == 0) return send(current, batch, true);
      Result<void*> ready = loop_.next(is_waiting ? linger_left() : patience_left());
      if (!ready) return std::move(ready).error();
      if (loop_.woken()) break;
      if (ready.value() == nullptr) {
        if (is_waiting) continue;
        closed = close_late(current, batch);
        if (!closed || closed.value() == Next::again) return closed;
      } else if (ready.value() == &listening_) {
        if (Status accepted = accept(); !accepted) return std::move(accepted).error();
      } else if (auto* next = static_cast<Connection*>(ready.value()); !next->is_agreed) {
        if (Status shaken = shake_hands(next); !shaken) return std::move(shaken).error();
      } else if (next != current && has_records) {
        come_back_to(next);
        return send(current, batch, false);
      } else {
        Result<Next> received = receive(next, current, batch);
        if (!received || received.value() == Next::again) return received;
      }
    }
    return hand_out_rest(current, batch);
  }

  std::unique_ptr<Loader> make_loader() override {
    return make_file_loader(uncompressed(options_), settings_, context_);
  }

  void stop() noexcept override { loop_.wake(); }

  Progress progress() const override { return {0, read_bytes_.load(std::memory_order_relaxed)}; }

 private:
  using Connection = OpenConnection;

  // --- Connections ------------------------------------------------------------------------------

  Status listen() {
    Result<BoundSocket> bound = bind_socket(context_.io(), *options_.listen, SocketType::stream);
    if (!bound) return std::move(bound).error();
    listening_ = std::move(bound).value();
    context_.log(LogLevel::info, "listening", {{"address", listening_.name()}});
    return loop_.add(listening_.fd(), &listening_);
  }

  Status connect() {
    is_lost_ = false;
    return add(connector_.connect(loop_.wakeup()));
  }

  /// What an attempt to connect came to: one that may succeed later is made again by read().
  Status tried(Status connected) {
    if (connected || connected.error().code == ErrorCode::cancelled) return Done{};
    if (!options_.retry || connected.error().code == ErrorCode::bad_config) return connected;
    is_lost_ = true;
    last_loss_ = std::move(connected).error();
    return Done{};
  }

  /// One attempt, when it is time for it.
  Status connect_again() {
    const auto wait = backoff_.next();
    if (!wait) return last_loss_;
    if (may_log()) {
      context_.log(LogLevel::warning, "lost",
                   {{"reason", to_string(last_loss_)}, {"next", "connect again"}});
    }
    const auto due = now_ns() + wait->count();
    while (!loop_.woken() && now_ns() < due) {
      // There is nobody to wait for but a wakeup.
      const Result<void*> ready = loop_.next(nanoseconds(due - now_ns()));
      if (!ready) return ready.error();
    }
    return loop_.woken() ? Status(Done{}) : tried(connect());
  }

  Status add(Result<std::unique_ptr<Transport>> made) {
    if (!made) return std::move(made).error();
    std::string name = peer_name(options_.address(), made.value()->name());
    Connection& added = connections_.add(
        ConnectionInput(std::move(made).value(), std::move(name), options_), now_ns());
    accepted_.fetch_add(1);
    if (Status watched = loop_.add(added.input.fd(), &added); !watched) {
      connections_.remove(added);
      return watched;
    }
    return shake_hands(&added);
  }

  /// Takes one connection: the others that wait make the loop come back.
  Status accept() {
    Result<std::optional<File>> accepted = accept_connection(listening_);
    if (!accepted) return cannot_accept(std::move(accepted).error());
    if (!accepted.value()) return Done{};
    File socket = *std::move(accepted).value();
    if (connections_.size() < options_.max_connections) {
      return add(connector_.accepted(std::move(socket)));
    }
    context_.warn("refused", 1,
                  peer_name(options_.address(), socket.name()) + ": there are max_connections (" +
                      std::to_string(options_.max_connections) + ") already");
    return Done{};
  }

  /// Without descriptors, those who want to connect wait until somebody else is gone.
  Status cannot_accept(Error error) {
    if (connections_.empty()) return error;
    if (may_log()) context_.log(LogLevel::warning, "cannot_accept", {{"reason", to_string(error)}});
    context_.warn("cannot_accept", 1, to_string(error));
    loop_.remove(listening_.fd());
    accepts_ = false;
    return Done{};
  }

  /// Goes on with the handshake. A peer that it fails with is no reason to end.
  Status shake_hands(Connection* connection) {
    Result<Handshake> step = connection->input.transport().handshake();
    if (!step) return turn_away(connection, std::move(step).error());
    if (step.value() == Handshake::done) return welcome(*connection);
    return wait(*connection, step.value() == Handshake::must_read ? EventLoop::Until::readable
                                                                  : EventLoop::Until::writable);
  }

  Status welcome(Connection& connection) {
    connections_.agreed(connection, now_ns());
    come_back_to(&connection);
    return wait(connection, EventLoop::Until::readable);
  }

  Status turn_away(Connection* connection, Error error) {
    error.file = connection->input.name();
    Status lost = lose("handshake_failed", error);
    remove(connection);
    return lost;
  }

  Status wait(Connection& connection, EventLoop::Until until) {
    if (std::exchange(connection.until, until) == until) return Done{};
    return loop_.wait(connection.input.fd(), &connection, until);
  }

  /// Without this what its transport holds back would wait until its peer sends more.
  void come_back_to(Connection* connection) {
    if (!connection->input.transport().has_buffered()) return;
    loop_.again(connection->input.fd(), connection);
  }

  /// A peer that has gone already hears nothing.
  static void say_goodbye(const Connection& connection) {
    static_cast<void>(connection.input.transport().end_writing());
  }

  void remove(Connection* connection) {
    loop_.remove(connection->input.fd());
    connections_.remove(*connection);
    if (accepts_ || !listening_) return;
    accepts_ = static_cast<bool>(loop_.add(listening_.fd(), &listening_));
  }

  /// Says that a connection ended otherwise than its peer meant. Where it is the only one there
  /// will be, that is an error.
  Status lose(std::string_view reason, const Error& error) {
    if (options_.connect && (!options_.retry || error.code == ErrorCode::bad_config)) return error;
    is_lost_ = options_.connect.has_value();
    last_loss_ = error;
    if (may_log()) {
      context_.log(LogLevel::warning, reason,
                   {{"reason", to_string(error)}, {"others", connections_.size() - 1}});
    }
    context_.warn(reason, 1, to_string(error));
    return Done{};
  }

  void come_back_after_end(const Connection& connection) {
    is_lost_ = true;
    last_loss_ = Error{};
    last_loss_.code = ErrorCode::io;
    last_loss_.message = "the peer has ended its stream";
    last_loss_.file = connection.input.name();
  }

  bool may_log() {
    if (log_limit_.wait_ns(now_ns()) > 0) return false;
    log_limit_.pass(1, now_ns());
    return true;
  }

  // --- Time -------------------------------------------------------------------------------------

  std::int64_t now_ns() const { return context_.clock().steady_ns(); }

  /// How long what there is to send, or to flush, may wait for more to go with it.
  nanoseconds linger_left() {
    if (waiting_since_ns_ == 0) waiting_since_ns_ = now_ns();
    const std::int64_t passed_ns = now_ns() - waiting_since_ns_;
    return std::max(options_.linger.value - nanoseconds(passed_ns), nanoseconds(0));
  }

  /// Until `connection` was last heard of more than `limit` ago; nothing: never.
  std::optional<nanoseconds> time_left(const Connection* connection, Duration limit) const {
    if (limit.value.count() == 0 || connection == nullptr) return std::nullopt;
    const nanoseconds passed(now_ns() - connection->heard_ns);
    return std::max(limit.value - passed, nanoseconds(0));
  }
  std::optional<nanoseconds> idle_left() {
    return time_left(connections_.quietest(), options_.idle_timeout);
  }
  std::optional<nanoseconds> handshake_left() {
    return time_left(connections_.slowest(), connector_.handshake_timeout());
  }
  /// Until somebody has taken too long; nothing: nobody ever will.
  std::optional<nanoseconds> patience_left() {
    const std::optional<nanoseconds> idle = idle_left();
    const std::optional<nanoseconds> handshake = handshake_left();
    return idle && handshake ? std::min(idle, handshake) : idle ? idle : handshake;
  }

  /// True when it has sent something that nobody has asked it for.
  bool has_sent(const Connection& connection) const {
    pollfd waiting{connection.input.fd(), POLLIN, 0};
    return loop_.is_due(waiting.fd) || context_.io().poll(&waiting, 1, 0) != 0;
  }

  // --- Records ----------------------------------------------------------------------------------

  /// `input`: go on, nothing is to be sent yet.
  Result<Next> receive(Connection* next, Connection*& current, Batch& batch) {
    if (next != current) {
      if (current != nullptr) current->input.pause();
      current = next;
      current->input.start(*batch.buffer());
    }
    connections_.heard(*current, now_ns());
    const std::uint64_t before = current->input.received_bytes();
    const ConnectionInput::Received received = current->input.receive();
    const std::uint64_t count = current->input.received_bytes() - before;
    read_bytes_.fetch_add(count, std::memory_order_relaxed);
    if (count > 0) backoff_.reset();
    if (received == ConnectionInput::Received::some) return Next::input;
    if (received == ConnectionInput::Received::full) {
      come_back_to(current);
      return send(current, batch, false);
    }
    return end(std::exchange(current, nullptr), batch, received == ConnectionInput::Received::end);
  }

  Result<Next> send(Connection* from, Batch& batch, bool flush) {
    waiting_since_ns_ = 0;
    // Where somebody always has something to say it is never quiet.
    flush = flush || now_ns() - flushed_ns_ > longest_unflushed.count();
    if (flush) flushed_ns_ = now_ns();
    unflushed_ = !flush;
    batch.set_flush(flush);
    if (from == nullptr || from->input.hand_out(batch)) return Next::again;
    if (Status lost = lose("bad_framing", from->input.error()); !lost) {
      return std::move(lost).error();
    }
    remove(from);
    return Next::again;
  }

  Result<Next> end(Connection* connection, Batch& batch, bool is_end) {
    const bool is_whole = connection->input.finish(batch, is_end);
    if (!is_end || !is_whole) {
      Status lost = lose(is_end ? "bad_framing" : "connection_lost", connection->input.error());
      if (!lost) return std::move(lost).error();
    }
    if (is_end) say_goodbye(*connection);
    if (is_end && options_.at_end == AtEnd::reconnect) come_back_after_end(*connection);
    remove(connection);
    if (batch.byte_count() == 0) return Next::input;
    waiting_since_ns_ = 0;
    unflushed_ = true;
    return Next::again;
  }

  /// Closes those that have taken too long: `again` when that leaves something to send.
  Result<Next> close_late(Connection*& current, Batch& batch) {
    while (handshake_left() == nanoseconds(0)) {
      Connection& slow = *connections_.slowest();
      if (has_sent(slow)) {
        connections_.heard(slow, now_ns());
        continue;
      }
      Status turned = turn_away(&slow, handshake_too_slow(connector_.handshake_timeout()));
      if (!turned) return std::move(turned).error();
    }
    return close_idle(current, batch);
  }

  /// Closes the connection that has been quiet for longest, if that is too long.
  Result<Next> close_idle(Connection*& current, Batch& batch) {
    if (idle_left() != nanoseconds(0)) return Next::input;
    Connection& quiet = *connections_.quietest();
    if (has_sent(quiet)) {
      connections_.heard(quiet, now_ns());
      return Next::input;
    }
    Error error;
    error.code = ErrorCode::io;
    error.message = "it sent nothing for " + print(options_.idle_timeout);
    error.file = quiet.input.name();
    if (Status lost = lose("idle", error); !lost) return std::move(lost).error();
    if (&quiet != current) {
      if (current != nullptr) current->input.pause();
      quiet.input.start(*batch.buffer());
    }
    current = nullptr;
    return end(&quiet, batch, true);
  }

  /// The run is to end: hands out what each connection has sent of a record, one after the other.
  Result<Next> hand_out_rest(Connection* current, Batch& batch) {
    if (listening_) loop_.remove(listening_.fd());
    listening_ = {};
    while (Connection* const stranger = connections_.slowest()) remove(stranger);
    while (Connection* const last = current != nullptr ? current : connections_.quietest()) {
      if (current == nullptr) last->input.start(*batch.buffer());
      current = nullptr;
      if (!last->input.finish(batch, true)) {
        context_.warn("bad_framing", 1, to_string(last->input.error()));
      }
      say_goodbye(*last);
      remove(last);
      if (batch.byte_count() > 0) return Next::again;
    }
    return Next::finished;
  }

  /// A peer that connects and breaks off again and again must not fill the log.
  static constexpr nanoseconds log_saved = std::chrono::seconds(10);
  static constexpr nanoseconds longest_unflushed = std::chrono::seconds(1);

  TcpReceiverOptions options_;
  StageContext& context_;
  CodecSettings settings_;
  Connector connector_;
  EventLoop loop_;
  BoundSocket listening_;
  bool accepts_ = true;
  OpenConnections connections_;
  bool is_lost_ = false;  ///< Of the peer that was connected to: it is to be tried again.
  Error last_loss_;
  Backoff backoff_;
  std::atomic<std::uint64_t>& accepted_;
  RateLimit log_limit_;
  std::int64_t waiting_since_ns_ = 0;  ///< Since when something waits to be sent; 0: nothing does.
  bool unflushed_ = false;             ///< The last batch was sent without a flush.
  std::int64_t flushed_ns_ = 0;        ///< When one was sent with a flush.
  std::atomic<std::uint64_t> read_bytes_{0};
};

}  // namespace

std::unique_ptr<Source> make_tcp_receiver(const TcpReceiverOptions& options,
                                          StageContext& context) {
  return std::make_unique<TcpReceiver>(options, context);
}

}  // namespace sluice
