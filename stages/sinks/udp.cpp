// The sink `udp`: each record is a datagram.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/encoding.h"
#include "stages/support/network_socket.h"
#include "stages/support/record_texts.h"
#include "stages/support/wakeup.h"

namespace sluice {
namespace {

struct Options : EncodingOptions {
  NetworkAddress address;
};

class UdpSink final : public Sink {
 public:
  explicit UdpSink(NetworkAddress address) : address_(std::move(address)) {}

  Status open(StageContext& context) override {
    context_ = &context;
    if (Status opened = wakeup_.open(); !opened) return opened;
    Result<File> connected = connect_socket(context.io(), address_, SocketType::datagram,
                                            std::chrono::seconds(10), wakeup_.fd());
    if (!connected) return std::move(connected).error();
    socket_ = std::move(connected).value();
    return Done{};
  }

  bool may_block() const override { return true; }
  void stop() noexcept override { wakeup_.signal(); }

  Result<Next> write(const Batch& batch) override {
    pieces_.clear();
    for_each_record_text(batch, [&](std::string_view text) {
      // sendmmsg takes what it only reads as non-const.
      pieces_.push_back({const_cast<char*>(text.data()), text.size()});  // NOLINT(*-const-cast)
    });
    std::span<iovec> left = pieces_;
    while (!left.empty() && !wakeup_.signalled()) {
      const Result<std::size_t> done = send(left);
      if (!done) return done.error();
      left = left.subspan(done.value());
    }
    return Next::again;
  }

 private:
  static constexpr std::size_t most_at_once = 256;

  /// Sends some of `records`; answers how many need not be sent any more.
  Result<std::size_t> send(std::span<iovec> records) {
    const std::size_t count = std::min(most_at_once, records.size());
    for (std::size_t i = 0; i < count; ++i) {
      headers_[i].msg_hdr.msg_iov = &records[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent = socket_.io().sendmmsg(
        socket_.fd(), headers_.data(), static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    return after_error(errno, records.front().iov_len);
  }

  /// What follows from an error of the first of some records, `size` bytes long.
  Result<std::size_t> after_error(int error, std::size_t size) {
    switch (error) {
      case EAGAIN:
        wait();
        return std::size_t{0};
      case EINTR:
        return std::size_t{0};
      case EMSGSIZE:
        context_->reject(
            "too_long", 1,
            "a record of " + std::to_string(size) + " bytes is too long for a datagram");
        return std::size_t{1};
      case ECONNREFUSED:
      case EHOSTUNREACH:
      case ENETUNREACH:
      case ENOBUFS:
        context_->warn("refused", 1, to_string(io_error("cannot send", error, socket_.name())));
        // Over IP it is news of a datagram that was sent earlier, and is told once.
        return std::size_t{error == ECONNREFUSED && !address_.is_unix() ? 0U : 1U};
      default:
        return io_error("cannot send", error, socket_.name());
    }
  }

  /// Until there is room, or nobody wants to wait any more.
  void wait() {
    std::array<pollfd, 2> both{{{socket_.fd(), POLLOUT, 0}, {wakeup_.fd(), POLLIN, 0}}};
    socket_.io().poll(both.data(), both.size(), -1);
  }

  NetworkAddress address_;
  StageContext* context_ = nullptr;
  Wakeup wakeup_;
  File socket_;
  std::vector<iovec> pieces_;
  std::array<mmsghdr, most_at_once> headers_{};
};

}  // namespace

void register_udp_sink(Registry& registry) {
  Declare<Options> type(Role::sink, "udp",
                        "Sends each record as a datagram: over UDP, or to a Unix socket.");
  type.main("address")
      .details(
          "UDP tells nobody whether a datagram arrived. A record that is too long for one (65507 "
          "bytes over IPv4) counts as rejected, `too_long`. When the other side says that nobody "
          "listens, that is counted as `refused` and the sink goes on: the peer may come back. A "
          "full Unix socket is waited for. Datagrams have no line end.")
      .example(
          "- sink: udp\n"
          "  address: 127.0.0.1:514\n")
      .required("address", &Options::address,
                "Where to send to: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` of this machine, or "
                "`unix:PATH`.")
      .check([](const Options& options, const OptionErrors& errors) {
        if (options.address.is_unix() || options.address.port() != 0) return;
        if (!errors.given("address")) return;
        errors.add("address", "option.range", "option 'address': nothing can be sent to port 0");
      })
      .make_in_place([](const Options& options, StageContext& /*context*/,
                        const StagePlace& place) -> Result<Parts> {
        Diagnostics none;
        Parts parts = encoding_parts(plan_without_path(options, place.input, none));
        parts.add(SinkPart{std::make_unique<UdpSink>(options.address)});
        return parts;
      });
  declare_encoded(type, plan_without_path);
  registry.add(declare_record_encoding_options(type).done());
}

}  // namespace sluice
