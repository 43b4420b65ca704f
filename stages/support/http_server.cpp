#include "stages/support/http_server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "stages/support/http_request.h"
#include "stages/support/network_socket.h"
#include "stages/support/request_body.h"

namespace sluice {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct FreeDaemon {
  void operator()(MHD_Daemon* daemon) const noexcept { MHD_stop_daemon(daemon); }
};

}  // namespace

class HttpServer::Worker {
 public:
  explicit Worker(StageContext& context)
      : context_(context), requests_(context.findings().number("requests")) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      closing_ = true;
    }
    wake();
    thread_.join();
  }

  Status open(HttpServerSettings settings) {
    settings_ = std::move(settings);
    Result<BoundSocket> bound = bind_socket(context_.io(), settings_.listen, SocketType::stream);
    if (!bound) return std::move(bound).error();
    listening_ = std::move(bound).value();
    const int woken = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (woken < 0) return io_error("cannot make an eventfd", errno);
    wakeup_ = File(context_.io(), woken, "eventfd");
    if (Status started = start(); !started) return started;
    for (HttpResponse* response : {&accepted_, &accepted_last_}) {
      response->reset(MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT));
      if (*response == nullptr) return no_memory();
    }
    MHD_add_response_header(accepted_last_.get(), MHD_HTTP_HEADER_CONNECTION, "close");
    context_.log(LogLevel::info, "listening", {{"address", listening_.name()}});
    thread_ = std::thread([this] { serve(); });
    return Done{};
  }

  std::optional<PostedBody> take(std::optional<std::chrono::nanoseconds> limit) {
    std::unique_lock lock(mutex_);
    const auto is_ready = [this] { return !waiting_.empty() || stopped_; };
    if (limit) {
      arrived_.wait_for(lock, *limit, is_ready);
    } else {
      arrived_.wait(lock, is_ready);
    }
    if (waiting_.empty()) return std::nullopt;
    HttpRequest& request = *waiting_.front();
    waiting_.pop_front();
    taken_.emplace(request.number, &request);
    return PostedBody{request.number, request.body->take_text(),
                      settings_.keeps_peers ? sender(request) : settings_.listen.text()};
  }

  void accept(std::uint64_t number) {
    bool is_first = false;
    {
      const std::lock_guard lock(mutex_);
      const auto found = taken_.find(number);
      if (found == taken_.end()) return;
      is_first = to_answer_.empty();
      to_answer_.push_back(found->second);
      taken_.erase(found);
    }
    if (is_first) wake();
  }

  void stop() noexcept {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    arrived_.notify_all();
    wake();
  }
  bool ended() const noexcept {
    const std::lock_guard lock(mutex_);
    return stopped_ && waiting_.empty();
  }

 private:
  static Error no_memory() {
    Error error;
    error.message = "cannot set up libmicrohttpd";
    return error;
  }

  // --- Any thread -------------------------------------------------------------------------------

  bool stopped() const noexcept {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }

  void wake() const noexcept {
    const std::uint64_t one = 1;
    context_.io().write(wakeup_.fd(), &one, sizeof one);
  }

  std::string sender(const HttpRequest& request) const {
    return sender_of(request.connection, settings_.listen);
  }

  // --- The thread of the server -----------------------------------------------------------------

  Status start() {
    // The library closes what it is given.
    const int listening = ::fcntl(listening_.fd(), F_DUPFD_CLOEXEC, 0);  // NOLINT: vararg
    if (listening < 0) return io_error("cannot copy the socket", errno, listening_.name());
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(settings_.idle_timeout.value);
    // Read at once, and what answers take. The library clears all of it behind each request.
    constexpr std::size_t body_room = 32 << 10;
    const std::size_t memory = 2 * static_cast<std::size_t>(settings_.max_header.bytes) + body_room;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    daemon_.reset(MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr, &Worker::on_request, this,
        MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT,
        static_cast<unsigned>(settings_.max_connections), MHD_OPTION_CONNECTION_TIMEOUT,
        static_cast<unsigned>(seconds.count()), MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory,
        MHD_OPTION_NOTIFY_COMPLETED, &Worker::on_completed, this, MHD_OPTION_END));
    if (daemon_ != nullptr) return Done{};
    context_.io().close(listening);
    return no_memory();
  }

  void serve() {
    const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_EPOLL_FD);
    const int epoll = info == nullptr ? -1 : info->epoll_fd;
    std::optional<SteadyClock::time_point> last;
    while (true) {
      answer_waiting();
      MHD_run(daemon_.get());
      if (is_closing() && !last) last = SteadyClock::now() + std::chrono::seconds(1);
      // The library must not end while there is one that it has not gone on with.
      const bool is_over = answering_ == 0 || (last && SteadyClock::now() >= *last);
      if (last && suspended_ == 0 && is_over) break;
      std::array<pollfd, 2> both{{{epoll, POLLIN, 0}, {wakeup_.fd(), POLLIN, 0}}};
      context_.io().poll(both.data(), both.size(), last ? 10 : wait_ms());
      std::uint64_t count = 0;
      if (both[1].revents != 0) context_.io().read(wakeup_.fd(), &count, sizeof count);
    }
    daemon_.reset();
  }

  bool is_closing() const {
    const std::lock_guard lock(mutex_);
    return closing_;
  }

  /// Lets those go on that have an answer, or are to have one.
  void answer_waiting() {
    std::vector<HttpRequest*> answered;
    bool quiesce = false;
    {
      const std::lock_guard lock(mutex_);
      answered.swap(to_answer_);
      const SteadyClock::time_point now = SteadyClock::now();
      while (!waiting_.empty() &&
             (closing_ || now >= waiting_.front()->since + settings_.max_wait.value)) {
        refuse_busy(*waiting_.front(), closing_ ? "the run has ended" : "nobody takes it in time");
        answered.push_back(waiting_.front());
        waiting_.pop_front();
      }
      if (closing_) {
        for (const auto& [number, request] : taken_) {
          refuse_busy(*request, "the run has ended");
          answered.push_back(request);
        }
        taken_.clear();
      }
      quiesce = stopped_ && listening_;
    }
    for (HttpRequest* request : answered) {
      let_go(*request);
      MHD_resume_connection(request->connection);
    }
    if (!quiesce) return;
    const int socket = MHD_quiesce_daemon(daemon_.get());
    if (socket >= 0) context_.io().close(socket);
    listening_ = {};
  }

  /// Until the library wants to look at something, or a body has waited too long; -1: for ever.
  int wait_ms() {
    MHD_UNSIGNED_LONG_LONG library = 0;
    std::int64_t wait = -1;
    if (MHD_get_timeout(daemon_.get(), &library) == MHD_YES) {
      wait = static_cast<std::int64_t>(std::min<MHD_UNSIGNED_LONG_LONG>(library, 1'000'000));
    }
    const std::lock_guard lock(mutex_);
    if (!waiting_.empty()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          waiting_.front()->since + settings_.max_wait.value - SteadyClock::now());
      const std::int64_t rest = std::max<std::int64_t>(left.count(), 0);
      wait = wait < 0 ? rest : std::min(wait, rest);
    }
    return static_cast<int>(wait);
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* method, const char* /*version*/, const char* data,
                               std::size_t* size, void** state) {
    auto& worker = *static_cast<Worker*>(self);
    auto* request = static_cast<HttpRequest*>(*state);
    if (request == nullptr) {
      request = std::make_unique<HttpRequest>().release();  // Until on_completed.
      *state = request;
      request->connection = connection;
      return worker.begin(*request, url, method);
    }
    if (*size > 0) {
      const std::size_t count = std::exchange(*size, 0);
      return worker.add(*request, {data, count});
    }
    if (!request->is_whole) return worker.finish(*request);
    worker.went_on(*request);
    return worker.answer(*request);
  }

  static void on_completed(void* self, MHD_Connection* /*connection*/, void** state,
                           MHD_RequestTerminationCode /*why*/) {
    const std::unique_ptr<HttpRequest> request(static_cast<HttpRequest*>(*state));
    *state = nullptr;
    if (request == nullptr) return;
    auto& worker = *static_cast<Worker*>(self);
    worker.went_on(*request);
    worker.let_go(*request);
    if (request->is_answered) --worker.answering_;
  }

  // --- One request ------------------------------------------------------------------------------

  /// Its header has arrived.
  MHD_Result begin(HttpRequest& request, std::string_view url, std::string_view method) {
    requests_.fetch_add(1, std::memory_order_relaxed);
    request.number = ++last_number_;
    request.since = SteadyClock::now();
    const auto length = declared_length(request.connection);
    look_at_header(request, url, method, length);
    if (!request.refusal) {
      const auto coding =
          content_coding(header_of(request.connection, MHD_HTTP_HEADER_CONTENT_ENCODING));
      if (!coding) {
        refuse(request, {MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding",
                         "Content-Encoding may be gzip, zstd or identity"});
      } else {
        request.body.emplace(*coding, max_body());
        constexpr std::uint64_t believed = 64 << 10;
        if (length) request.body->reserve(std::min(*length, believed));
      }
    }
    // Who asks first whether to send it is told before it does. Others may not see an answer
    // before they have sent everything: what they send is read, up to a bound.
    const bool asks = !header_of(request.connection, MHD_HTTP_HEADER_EXPECT).empty();
    if (request.refusal && (asks || (length && *length > longest_read()))) return answer(request);
    return MHD_YES;
  }

  void look_at_header(HttpRequest& request, std::string_view url, std::string_view method,
                      std::optional<std::uint64_t> length) {
    if (header_size(request.connection) > settings_.max_header.bytes) {
      refuse(request,
             {MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, "header_too_large",
              "the header has more than " + std::to_string(settings_.max_header.bytes) + " bytes"});
    } else if (url != settings_.path) {
      refuse(request, {MHD_HTTP_NOT_FOUND, "wrong_path", "there is nothing at this path"});
    } else if (method != MHD_HTTP_METHOD_POST) {
      refuse(request, {MHD_HTTP_METHOD_NOT_ALLOWED, "wrong_method", "records are sent with POST"});
    } else if (length && *length > max_body()) {
      refuse(request, {MHD_HTTP_CONTENT_TOO_LARGE, "too_large",
                       "the body has more than " + std::to_string(max_body()) + " bytes"});
    } else if (stopped()) {
      refuse_busy(request, "the run is ending");
    } else if (pending_bytes_ + std::min<std::uint64_t>(length.value_or(0), max_body()) >
               settings_.max_pending.bytes) {
      refuse_busy(request, too_much_waits);
    }
  }

  MHD_Result add(HttpRequest& request, std::span<const char> piece) {
    request.received += piece.size();
    // Who sends a byte now and then keeps others from the room that its body takes.
    const auto longest = settings_.receive_timeout.value;
    if (longest.count() > 0 && SteadyClock::now() - request.since > longest) {
      context_.warn(
          "too_slow", 1,
          sender(request) + ": its body takes longer than " + print(settings_.receive_timeout));
      return MHD_NO;
    }
    if (!request.refusal) {
      if (auto refusal = request.body->add(piece)) refuse(request, *std::move(refusal));
    }
    if (!request.refusal) count(request);
    // What is refused is read so that its sender gets to see the answer; but not without end.
    return request.refusal && request.received > longest_read() ? MHD_NO : MHD_YES;
  }

  /// Its body has arrived.
  MHD_Result finish(HttpRequest& request) {
    request.is_whole = true;
    if (!request.refusal) {
      if (auto refusal = request.body->finish()) refuse(request, *std::move(refusal));
    }
    if (!request.refusal && settings_.check) {
      const auto wrong = settings_.check(request.body->text());
      if (wrong) refuse(request, {MHD_HTTP_BAD_REQUEST, "bad_framing", *wrong});
    }
    if (!request.refusal && !enqueue(request)) refuse_busy(request, "the run is ending");
    return request.refusal ? answer(request) : MHD_YES;
  }

  /// False: nobody takes any more.
  bool enqueue(HttpRequest& request) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return false;
      request.since = SteadyClock::now();
      MHD_suspend_connection(request.connection);
      request.is_suspended = true;
      ++suspended_;
      waiting_.push_back(&request);
    }
    arrived_.notify_one();
    return true;
  }

  MHD_Result answer(HttpRequest& request) {
    request.is_answered = true;
    ++answering_;
    if (!request.refusal) {
      const HttpResponse& response = stopped() ? accepted_last_ : accepted_;
      return MHD_queue_response(request.connection, MHD_HTTP_NO_CONTENT, response.get());
    }
    const HttpResponse response =
        make_answer(*request.refusal, settings_.retry_after.value, stopped());
    if (response == nullptr) return MHD_NO;
    return MHD_queue_response(request.connection, request.refusal->status, response.get());
  }

  void refuse(HttpRequest& request, HttpRefusal refusal) {
    let_go(request);
    context_.warn(refusal.reason, 1, sender(request) + ": " + refusal.message);
    request.refusal = std::move(refusal);
  }
  void refuse_busy(HttpRequest& request, std::string message) {
    refuse(request, {MHD_HTTP_SERVICE_UNAVAILABLE, "busy", std::move(message)});
  }

  /// Counts what has come of a body; it is refused if that is too much.
  void count(HttpRequest& request) {
    const std::size_t now = request.body->text().size();
    pending_bytes_ += now - request.counted;
    request.counted = now;
    if (pending_bytes_ > settings_.max_pending.bytes) refuse_busy(request, too_much_waits);
  }
  /// The library has gone on with it, if it was suspended.
  void went_on(HttpRequest& request) noexcept {
    if (std::exchange(request.is_suspended, false)) --suspended_;
  }
  /// It is accepted or refused.
  void let_go(HttpRequest& request) noexcept {
    pending_bytes_ -= std::exchange(request.counted, 0);
    request.body.reset();
  }

  std::size_t max_body() const noexcept {
    return static_cast<std::size_t>(settings_.max_body.bytes);
  }
  std::uint64_t longest_read() const noexcept { return 2 * settings_.max_body.bytes; }

  static constexpr const char* too_much_waits = "too much is waiting already";

  StageContext& context_;
  std::atomic<std::uint64_t>& requests_;
  HttpServerSettings settings_;
  BoundSocket listening_;
  File wakeup_;
  HttpResponse accepted_;
  HttpResponse accepted_last_;  ///< And nothing more is read from the connection.
  std::thread thread_;

  // Of the thread of the server.
  std::unique_ptr<MHD_Daemon, FreeDaemon> daemon_;
  std::uint64_t last_number_ = 0;
  std::uint64_t pending_bytes_ = 0;  ///< Of all bodies that are not answered.
  std::size_t suspended_ = 0;        ///< Requests that wait for an answer.
  std::size_t answering_ = 0;        ///< Answers that are not sent whole.

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<HttpRequest*> waiting_;             ///< To be taken; suspended.
  std::map<std::uint64_t, HttpRequest*> taken_;  ///< To be accepted; suspended.
  std::vector<HttpRequest*> to_answer_;          ///< Accepted.
  bool stopped_ = false;
  bool closing_ = false;
};

HttpServer::HttpServer(StageContext& context) : worker_(std::make_unique<Worker>(context)) {}
HttpServer::~HttpServer() = default;
Status HttpServer::open(HttpServerSettings settings) { return worker_->open(std::move(settings)); }
std::optional<PostedBody> HttpServer::take(std::optional<std::chrono::nanoseconds> limit) {
  return worker_->take(limit);
}
void HttpServer::accept(std::uint64_t number) { worker_->accept(number); }
void HttpServer::stop() noexcept { worker_->stop(); }
bool HttpServer::ended() const noexcept { return worker_->ended(); }

}  // namespace sluice
