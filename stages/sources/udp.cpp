// The source `udp`: a datagram is a record, or lines.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/stage/meta_field.h"
#include "engine/stage/registry.h"
#include "stages/support/datagram_receiver.h"
#include "stages/support/file_reading.h"
#include "stages/support/network_socket.h"
#include "stages/support/wakeup.h"

namespace sluice {

enum class DatagramFraming : std::uint8_t { datagram, lines };

template <>
struct EnumNames<DatagramFraming> {
  static constexpr std::array<std::pair<std::string_view, DatagramFraming>, 2> names{
      {{"datagram", DatagramFraming::datagram}, {"lines", DatagramFraming::lines}}};
};

namespace {

struct Options {
  NetworkAddress listen;
  DatagramFraming framing = DatagramFraming::datagram;
  ByteSize max_record = 64_KiB;
  Oversize oversize = Oversize::truncate;
  Duration linger = default_linger;
  std::optional<ByteSize> receive_buffer;
};

/// The records of one batch while they are received.
class DatagramBatch {
 public:
  DatagramBatch(Batch& batch, DatagramFraming framing, bool keeps_peers)
      : batch_(batch), framing_(framing), keeps_peers_(keeps_peers) {}

  bool empty() const noexcept { return rows_.empty(); }
  bool full() const noexcept { return used_ >= batch_.buffer()->size(); }
  std::size_t used() const noexcept { return used_; }
  /// What is free of the normal size of the buffer, and room for `longest` bytes in any case.
  std::span<char> room(std::size_t longest) {
    Buffer& buffer = *batch_.buffer();
    const std::size_t free = buffer.size() > used_ ? buffer.size() - used_ : 0;
    return buffer.room().subspan(used_, std::max(free, longest));
  }

  /// Adds a text that lies in the buffer, at or behind what is used.
  void add(std::string_view text, const SocketAddress& peer) {
    Buffer& buffer = *batch_.buffer();
    const auto end = static_cast<std::size_t>(text.data() + text.size() - buffer.data());
    buffer.touch(end + 1);
    char* to = buffer.data() + used_;
    std::memmove(to, text.data(), text.size());
    to[text.size()] = '\n';
    add_rows({to, text.size() + 1});
    used_ += text.size() + 1;
    if (keeps_peers_) peers_.resize(rows_.size(), number_of(peer));
  }

  void finish() {
    Buffer& buffer = *batch_.buffer();
    buffer.seal(used_);
    batch_.set_bytes({buffer.data(), used_}, rows_.size());
    batch_.set_rows(rows_);
    if (keeps_peers_) add_peers();
  }

 private:
  void add_rows(std::string_view text) {
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t line = framing_ == DatagramFraming::lines ? text.find('\n', begin) + 1 : 0;
      const std::size_t end = line == 0 ? text.size() : line;
      rows_.push_back(
          {static_cast<std::uint32_t>(used_ + begin), static_cast<std::uint32_t>(end - begin)});
      begin = end;
    }
  }

  std::size_t number_of(const SocketAddress& peer) {
    const std::string key(reinterpret_cast<const char*>(&peer.storage), peer.length);
    const auto [place, is_new] = numbers_.try_emplace(key, names_.size());
    if (is_new) names_.push_back(peer.text());
    return place->second;
  }

  /// The names go into the batch's own memory, once for each peer.
  void add_peers() {
    std::vector<Cell> texts;
    for (const std::string& name : names_) {
      char* text = batch_.arena().allocate(name.size());
      name.copy(text, name.size());
      texts.push_back(Cell::text({text, name.size()}));
    }
    std::vector<Cell>& cells = batch_.add_column(name_of(MetaField::path)).cells;
    for (std::size_t row = 0; row < peers_.size(); ++row) cells[row] = texts[peers_[row]];
  }

  Batch& batch_;
  DatagramFraming framing_;
  bool keeps_peers_;
  std::size_t used_ = 0;
  std::vector<Slice> rows_;
  std::vector<std::size_t> peers_;  ///< Of each row, its number in names_.
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> numbers_;  ///< By the bytes of the address.
};

class UdpSource final : public Source {
 public:
  UdpSource(const Options& options, bool keeps_peers, StageContext& context)
      : options_(options),
        keeps_peers_(keeps_peers),
        context_(context),
        io_(context.io()),
        receiver_(longest()) {}

  Status open(StageContext& /*context*/) override {
    Result<BoundSocket> bound = bind_socket(io_, options_.listen, SocketType::datagram);
    if (!bound) return std::move(bound).error();
    socket_ = std::move(bound).value();
    name_ = std::make_shared<const std::string>(socket_.name());
    if (Status sized = size_buffer(); !sized) return sized;
    context_.log(LogLevel::info, "listening", {{"address", socket_.name()}});
    return io_.prepare();
  }

  bool may_block() const override { return true; }
  /// What the kernel has for us when the run is asked to end was sent before that.
  bool ends_itself() const noexcept override { return true; }
  void stop() noexcept override { io_.interrupt(); }
  Progress progress() const override { return {0, read_bytes_.load(std::memory_order_relaxed)}; }

  Result<Next> read(Batch& batch) override {
    if (ended_) return Next::finished;
    DatagramBatch datagrams(batch, options_.framing, keeps_peers_);
    Status received = fill(datagrams);
    if (!received) return std::move(received).error();
    count_drops();
    if (ended_ && datagrams.empty()) return Next::finished;
    datagrams.finish();
    batch.set_origin_name(name_);
    batch.set_flush(is_quiet_);
    unflushed_ = !is_quiet_;
    return Next::again;
  }

 private:
  std::size_t longest() const noexcept {
    return static_cast<std::size_t>(options_.max_record.bytes);
  }

  /// Until the batch is full, or nothing has come for so long that it is due.
  Status fill(DatagramBatch& datagrams) {
    is_quiet_ = false;
    std::optional<std::int64_t> waiting_since_ns;
    while (!datagrams.full()) {
      const bool stopping = io_.interrupted();
      const auto room = datagrams.room(DatagramReceiver::room_for(longest()));
      const auto received = receiver_.receive(socket_.io(), socket_.fd(), room);
      if (!received) return named(received.error());
      if (Status added = add(received.value(), datagrams); !added) return added;
      // Senders that go on must not keep a run from ending.
      ended_ = stopping && (received.value().empty() || bytes_since_stop_ > kernel_buffer_bytes_);
      if (ended_) return Done{};
      if (!received.value().empty() || stopping) continue;
      if (!wait(datagrams, waiting_since_ns)) {
        is_quiet_ = true;
        return Done{};
      }
    }
    return Done{};
  }

  /// False when what there is to send or to flush has waited for as long as it may.
  bool wait(const DatagramBatch& datagrams, std::optional<std::int64_t>& since_ns) {
    if (datagrams.empty() && !unflushed_) {
      io_.wait_readable(socket_.fd(), std::chrono::hours(1));
      return true;
    }
    const std::int64_t now_ns = context_.clock().steady_ns();
    if (!since_ns) since_ns = now_ns;
    const std::int64_t left_ns = options_.linger.value.count() - (now_ns - *since_ns);
    const std::chrono::milliseconds left((left_ns + 999'999) / 1'000'000);
    return left_ns > 0 && io_.wait_readable(socket_.fd(), left);
  }

  Status add(std::span<const Datagram> received, DatagramBatch& datagrams) {
    std::uint64_t bytes = 0;
    for (const Datagram& datagram : received) {
      bytes += datagram.text.size();
      std::string_view text = datagram.text;
      if (datagram.is_truncated || text.size() > longest()) {
        if (Status noted = note_oversize(datagram); !noted) return noted;
        if (options_.oversize == Oversize::drop) continue;
        text = text.substr(0, longest());
      }
      datagrams.add(text, *datagram.peer);
    }
    read_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (io_.interrupted()) bytes_since_stop_ += bytes;
    return Done{};
  }

  Status note_oversize(const Datagram& datagram) {
    const std::string what = "a datagram of " + datagram.peer->text() +
                             " is longer than max_record (" + print(options_.max_record) + ")";
    if (options_.oversize == Oversize::fail) {
      Error error;
      error.code = ErrorCode::limit;
      error.message = what;
      return error;
    }
    if (options_.oversize == Oversize::drop) {
      context_.reject("oversize_dropped", 1, what);
    } else {
      context_.warn("oversize_truncated", 1, what);
    }
    return Done{};
  }

  Status size_buffer() {
    if (options_.receive_buffer) {
      const auto wanted = static_cast<int>(options_.receive_buffer->bytes);
      if (::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted) != 0) {
        return io_error("cannot set the receive buffer", errno, socket_.name());
      }
    }
    int given = 0;
    socklen_t length = sizeof given;
    if (::getsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &given, &length) != 0) {
      return io_error("cannot ask for the receive buffer", errno, socket_.name());
    }
    // The kernel doubles what it is asked for, to have room for its own books.
    kernel_buffer_bytes_ = static_cast<std::uint64_t>(given);
    const ByteSize size{kernel_buffer_bytes_ / 2};
    if (options_.receive_buffer && size < *options_.receive_buffer) {
      context_.warn("receive_buffer_limited", 1,
                    "the kernel gives " + print(size) + " of " + print(*options_.receive_buffer) +
                        "; net.core.rmem_max is the limit");
    }
    return Done{};
  }

  void count_drops() {
    const std::uint32_t dropped = dropped_by_kernel(socket_.fd());
    // A number of 32 bits, which may begin again.
    const std::uint32_t more = dropped - dropped_;
    dropped_ = dropped;
    if (more == 0) return;
    context_.warn("dropped_by_kernel", more,
                  "datagrams came to " + socket_.name() +
                      " faster than they were taken; a larger receive_buffer holds more of them");
  }

  Error named(Error error) const {
    error.file = socket_.name();
    return error;
  }

  Options options_;
  bool keeps_peers_;
  StageContext& context_;
  InterruptibleIo io_;
  DatagramReceiver receiver_;
  BoundSocket socket_;
  std::shared_ptr<const std::string> name_;
  std::atomic<std::uint64_t> read_bytes_{0};
  std::uint64_t kernel_buffer_bytes_ = 0;
  std::uint64_t bytes_since_stop_ = 0;
  std::uint32_t dropped_ = 0;
  bool is_quiet_ = false;   ///< Nothing more has come in time.
  bool unflushed_ = false;  ///< The last batch was sent without a flush.
  bool ended_ = false;
};

Result<Parts> make_udp(const Options& options, StageContext& context, const StagePlace& place) {
  const std::vector<MetaField> wanted = meta_fields_in(place.output.fields);
  const bool keeps_peers = std::find(wanted.begin(), wanted.end(), MetaField::path) != wanted.end();
  Parts parts;
  parts.add(SourcePart{std::make_unique<UdpSource>(options, keeps_peers, context),
                       ByteSize{DatagramReceiver::room_for(options.max_record.bytes) + 1}});
  return parts;
}

}  // namespace

void register_udp(Registry& registry) {
  registry.add(
      Declare<Options>(Role::source, "udp", "Receives datagrams: over UDP, or at a Unix socket.")
          .main("listen")
          .details(
              "With `parse: syslog` below it, it is a receiver of syslog over UDP (RFC 5426). The "
              "log says which address it listens at. `meta.path` is the sender. Line ends and NULs "
              "at the end of a datagram are not part of its record. UDP loses what nobody takes in "
              "time; what the kernel dropped is counted as `dropped_by_kernel`. Senders to a Unix "
              "socket wait instead. When the run is asked to end, what has arrived by then is "
              "delivered.")
          .example("- source: udp\n"
                   "  listen: 127.0.0.1:514\n")
          .required("listen", &Options::listen,
                    "Where to listen: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` for every address, IPv6 "
                    "and IPv4, or `unix:PATH`. With port 0 the kernel chooses one.")
          .option("framing", &Options::framing,
                  "Whether a `datagram` is one record, or each of its `lines`.")
          .option("max_record", &Options::max_record,
                  "The longest datagram. More are received at a time when it is smaller: a buffer "
                  "has room for as many of this size as fit.",
                  between<ByteSize>(64_B, 1_MiB))
          .option("oversize", &Options::oversize,
                  "What to do with a longer one: `truncate` it to max_record (counted as "
                  "`oversize_truncated`), `drop` it (counted as `oversize_dropped`), or `fail`.")
          .option("linger", &Options::linger, "How long records may wait for more to go with them.",
                  between(Duration{}, Duration{std::chrono::seconds(10)}))
          .option("receive_buffer", &Options::receive_buffer,
                  "How much the kernel is to hold while nobody takes it; its own default, if not "
                  "given. The run warns when the kernel gives less (`net.core.rmem_max`).",
                  between<ByteSize>(4_KiB, 1_GiB))
          .make_in_place(make_udp)
          .done());
}

}  // namespace sluice
