// The duplex `tcp`: records to a peer, and its answers.
#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/connection_input.h"
#include "stages/support/duplex_peer.h"
#include "stages/support/encoding.h"
#include "stages/support/file_reading.h"
#include "stages/support/network_socket.h"
#include "stages/support/raw_writer.h"
#include "stages/support/socket_writing.h"
#include "stages/support/tcp_options.h"
#include "stages/support/wakeup.h"

namespace sluice {
namespace {

struct Options : FramingOptions, RecordEncodingOptions {
  Options() noexcept { framing = Framing::automatic; }
  NetworkAddress address;
  Duration connect_timeout{std::chrono::seconds(10)};
  Duration keep_alive = default_keep_alive;
  Duration linger = default_linger;
};

class TcpPeer final : public DuplexPeer {
 public:
  TcpPeer(const Options& options, StageContext& context)
      : options_(options),
        context_(context),
        reading_(uncompressed(options), options.linger, context),
        io_(context.io()) {}

  Status open() override {
    Status prepared = reading_.prepare();
    if (prepared) prepared = io_.prepare();
    if (!prepared) return prepared;
    Result<File> socket =
        connect_socket(io_, options_.address, SocketType::stream, options_.connect_timeout.value);
    if (!socket) return std::move(socket).error();
    socket_ = std::move(socket).value();
    set_no_delay(socket_.fd());
    set_keep_alive(socket_.fd(), options_.keep_alive);
    // One descriptor for each of the two threads.
    const int reader = ::fcntl(socket_.fd(), F_DUPFD_CLOEXEC, 0);  // NOLINT(*-vararg)
    if (reader < 0) return io_error("cannot read", errno, socket_.name());
    answers_ = reading_.open_stream(reader, peer_name(options_.address, socket_.name()));
    writer_.emplace(socket_, context_);
    return Done{};
  }

  Result<Next> write(const Batch& batch) override { return writer_->write(batch); }
  Status flush() override { return writer_->flush(); }
  /// A peer that is gone already is the reader's affair.
  void end_input() override { static_cast<void>(end_writing(socket_)); }

  Result<Next> read(Batch& batch) override { return answers_->read(batch); }
  std::unique_ptr<Loader> make_loader() const override { return reading_.make_loader(); }

  void stop() noexcept override {
    reading_.stop();
    io_.interrupt();
  }

 private:
  Options options_;
  StageContext& context_;
  FileReading reading_;
  InterruptibleIo io_;  ///< For the writer.
  File socket_;
  std::optional<RawWriter> writer_;
  std::unique_ptr<Input> answers_;
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
  EncodingOptions encoding{options, {}};
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
          "wants: the stages above stop. A connection that is lost is not made again, and fails "
          "the run.")
      .example(
          "- duplex: tcp\n"
          "  address: localhost:7000\n"
          "  encoding: jsonl\n")
      .required("address", &Options::address,
                "The peer: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` of this machine, or `unix:PATH`.")
      .option("connect_timeout", &Options::connect_timeout, "How long a connection may take.",
              between(Duration{std::chrono::milliseconds(1)}, longest_wait))
      .option("keep_alive", &Options::keep_alive,
              "A peer that was quiet for so long is asked whether it is still there (TCP "
              "keep-alive); 0s: never.",
              between(Duration{}, longest_wait))
      .option("linger", &Options::linger,
              "How long records that come back may wait for more to go with them.",
              between(Duration{}, Duration{std::chrono::seconds(10)}))
      .output([](const Options& options) { return framed_output(options); })
      .make_in_place(make_tcp);
  declare_record_encoding_options(declare_encoded(type, encoding_of));
  registry.add(declare_framing_options(type).done());
}

}  // namespace sluice
