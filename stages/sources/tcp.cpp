// The source `tcp`: the records that peers send over connections.
#include <chrono>
#include <string>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/tcp_receiver.h"

namespace sluice {
namespace {

Result<Parts> make_tcp(const TcpReceiverOptions& given, StageContext& context,
                       const StagePlace& place) {
  const TcpReceiverOptions options = resolved(given, place);
  const ByteSize longest = longest_record(options);
  SourcePart part{make_tcp_receiver(options, context), longest, /*has_loader=*/true};
  if (options.listen) {
    part.notes.push_back(
        "beside the buffers, of each connection the record that is not whole yet: "
        "at most " +
        std::to_string(options.max_connections) + " x " + print(options.max_record) +
        (options.tls ? ", and its TLS session" : ""));
  }
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

void check_again(const TcpReceiverOptions& options, const OptionErrors& errors) {
  if (options.listen && options.retry) {
    errors.add("retry", "option.conflict", "option 'retry' goes with 'connect'",
               "who listens is connected to again by its peers");
  }
  if (options.at_end == AtEnd::reconnect && !options.retry) {
    errors.add("at_end", "option.conflict", "`at_end: reconnect` goes with 'retry'",
               "which says how often and how soon");
  }
}

void check_ends(const TcpReceiverOptions& options, const OptionErrors& errors) {
  if (options.listen && options.connect) {
    errors.add("connect", "option.conflict", "options 'listen' and 'connect' exclude each other",
               "two stages can do one each");
  } else if (!options.listen && !options.connect) {
    errors.add("listen", "option.missing", "it needs one of the options 'listen' and 'connect'",
               "as in `listen: 127.0.0.1:6514`");
  } else {
    check_again(options, errors);
    check_tls(options.tls, options.address(), options.end(), errors);
  }
}

}  // namespace

void register_tcp_source(Registry& registry) {
  Declare<TcpReceiverOptions> type(Role::source, "tcp",
                                   "Receives records over TCP connections or Unix sockets.");
  type.main("listen")
      .details(
          "Each connection is a stream of its own: records keep their order, and `meta.path` is "
          "the "
          "peer (`tcp://10.0.0.1:5000`), `meta.line` counts in the connection. A source that "
          "listens logs the address it has bound, and runs until it is stopped; then it delivers "
          "what it has read, a record without its end included. One that connects ends with its "
          "peer's stream. It reads only what the stages below have room for: when they do not keep "
          "up, the peers' windows close. It holds at most one part of a record (`max_record`) for "
          "each connection. A peer that is lost, or sends what is no record with this framing, "
          "costs the rest of its own stream only; it is logged and counted (`connection_lost`, "
          "`bad_framing`). With `connect` that is an error, or with `retry` a reason to connect "
          "again; what the peer had not sent, or sent into a connection that was lost, is then its "
          "own affair.")
      .example(
          "- source: tcp\n"
          "  listen: :6514\n"
          "  framing: octet_counted\n"
          "  max_connections: 200\n"
          "  idle_timeout: 10m\n")
      .option("listen", &TcpReceiverOptions::listen,
              "Where peers connect to: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` for every address of "
              "this machine, or `unix:PATH`. Port 0 is one that the system chooses.")
      .option("connect", &TcpReceiverOptions::connect,
              "The peer to connect to, in place of `listen`.")
      .option("retry", &TcpReceiverOptions::retry,
              "With `connect`: a connection that cannot be made, or is lost, is made again: "
              "`attempts` in a row (10) without a byte in between, after waits that double from "
              "`backoff` (100ms) to `max_backoff` (30s), of which the share `jitter` (0.5) is left "
              "to chance.")
      .option("at_end", &TcpReceiverOptions::at_end,
              "With `connect`, when the peer has ended its stream: `finish`, or `reconnect` as "
              "`retry` says, until the run is stopped.")
      .option("max_connections", &TcpReceiverOptions::max_connections,
              "How many may be open at once; further ones are closed at once, and counted as "
              "`refused`.",
              between<std::uint64_t>(1, 1'000'000))
      .option("idle_timeout", &TcpReceiverOptions::idle_timeout,
              "A connection over which nothing came for so long is closed; 0s: none is.",
              between(Duration{}, longest_wait))
      .option("linger", &TcpReceiverOptions::linger,
              "How long records may wait for more of the same connection to go with them.",
              between(Duration{}, Duration{std::chrono::seconds(10)}))
      .check(check_ends)
      .output([](const TcpReceiverOptions& options) { return framed_output(options); })
      .make_in_place(make_tcp);
  registry.add(declare_framing_options(declare_connection_options(type)).done());
}

}  // namespace sluice
