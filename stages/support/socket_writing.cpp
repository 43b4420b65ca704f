#include "stages/support/socket_writing.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <string>
#include <utility>

namespace sluice {
namespace {

int milliseconds_of(std::optional<std::chrono::nanoseconds> limit) {
  if (!limit) return -1;
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(*limit).count();
  return static_cast<int>(std::clamp<std::int64_t>(whole, 0, std::numeric_limits<int>::max()));
}

/// Waits for one of `events`. False: none came in time.
Result<bool> await(const Transport& transport, int events, const SocketPatience& patience) {
  std::array<pollfd, 2> both{
      {{transport.fd(), static_cast<short>(events), 0}, {patience.cancel.fd(), POLLIN, 0}}};
  while (true) {
    if (patience.cancel.signalled()) {
      Error error;
      error.code = ErrorCode::cancelled;
      error.message = "the run is given up";
      error.file = transport.name();
      return error;
    }
    const int ready =
        transport.io().poll(both.data(), both.size(), milliseconds_of(patience.limit));
    if (ready > 0 && both[0].revents != 0) return true;
    if (ready == 0) return false;
    if (ready < 0 && errno != EINTR) return io_error("cannot wait", errno, transport.name());
  }
}

/// The same where it must come in time.
Status insist(const Transport& transport, int events, const SocketPatience& patience) {
  Result<bool> ready = await(transport, events, patience);
  if (!ready) return std::move(ready).error();
  if (ready.value()) return Done{};
  return io_error("cannot go on", ETIMEDOUT, transport.name());
}

enum class Dropped : std::uint8_t { all_there_was, end };

Result<Dropped> drop_answers(Transport& transport) {
  std::array<char, 4096> answers{};
  while (true) {
    Result<Transfer> read = transport.read(answers);
    if (!read) return std::move(read).error();
    if (read.value().state == Transfer::State::end) return Dropped::end;
    if (read.value().state == Transfer::State::must_wait) return Dropped::all_there_was;
  }
}

/// What a peer that does not want us may have said before it closed the connection.
std::optional<Error> last_words(Transport& transport) {
  Result<Dropped> dropped = drop_answers(transport);
  if (dropped || dropped.error().code != ErrorCode::bad_config) return std::nullopt;
  return std::move(dropped).error();
}

}  // namespace

Error handshake_too_slow(Duration limit) {
  Error error;
  error.code = ErrorCode::io;
  error.message = "TLS handshake failed: it was not done within " + print(limit);
  return error;
}

Status finish_handshake(Transport& transport, Duration limit, const Wakeup& cancel) {
  using SteadyClock = std::chrono::steady_clock;
  const SteadyClock::time_point deadline = SteadyClock::now() + limit.value;
  while (true) {
    Result<Handshake> step = transport.handshake();
    if (!step) return std::move(step).error();
    if (step.value() == Handshake::done) return Done{};
    const std::chrono::nanoseconds left = deadline - SteadyClock::now();
    const int events = step.value() == Handshake::must_read ? POLLIN : POLLOUT;
    Result<bool> ready = await(transport, events, {left, cancel});
    if (!ready) return std::move(ready).error();
    if (ready.value()) continue;
    Error error = handshake_too_slow(limit);
    error.file = transport.name();
    return error;
  }
}

Result<Written> write_to(Transport& transport, std::string_view& left, Answers answers,
                         const SocketPatience& patience) {
  const bool drops = answers == Answers::drop;
  bool may_have_answers = drops;  // Asked at first and behind each wait: TLS writes small pieces.
  while (!left.empty()) {
    if (std::exchange(may_have_answers, false)) {
      Result<Dropped> dropped = drop_answers(transport);
      if (!dropped) return std::move(dropped).error();
      if (dropped.value() == Dropped::end) return Written::refused;
    }
    Result<Transfer> written = transport.write(left);
    const bool is_over = !written || written.value().state == Transfer::State::end;
    if (is_over && drops) {
      if (std::optional<Error> why = last_words(transport)) return *std::move(why);
    }
    if (!written) return std::move(written).error();
    if (is_over) return Written::refused;
    left.remove_prefix(written.value().count);
    if (written.value().state == Transfer::State::moved) continue;
    Status ready = insist(transport, drops ? POLLOUT | POLLIN : POLLOUT, patience);
    if (!ready) return std::move(ready).error();
    may_have_answers = drops;
  }
  return Written::all;
}

Status await_end_of(Transport& transport, const SocketPatience& patience) {
  while (true) {
    Result<Dropped> dropped = drop_answers(transport);
    if (!dropped) return std::move(dropped).error();
    if (dropped.value() == Dropped::end) return Done{};
    if (Status ready = insist(transport, POLLIN, patience); !ready) return ready;
  }
}

Status end_writing(Transport& transport, const SocketPatience& patience) {
  while (true) {
    Result<Transfer> ended = transport.end_writing();
    if (!ended) return std::move(ended).error();
    if (ended.value().state != Transfer::State::must_wait) return Done{};
    if (Status ready = insist(transport, POLLOUT, patience); !ready) return ready;
  }
}

}  // namespace sluice
