#include "stages/support/exec_pool.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

constexpr int pipe_size_bytes = 1 << 20;
/// A child that writes more than it was given may go on for so long.
constexpr std::size_t least_held_bytes = 1 << 20;
/// How long children that were asked to end have before they are killed.
constexpr std::chrono::milliseconds grace{1000};
constexpr std::int64_t millisecond_ns = 1'000'000;
constexpr std::int64_t pause_ns = std::chrono::nanoseconds(pipe_pause).count();

InputOptions input_options(const FramingOptions& framing) {
  InputOptions options;
  static_cast<FramingOptions&>(options) = framing;
  options.compression.chosen = Compression::none;  // What they write is taken as it is.
  return options;
}

std::size_t most_held(const ExecPoolOptions& options) noexcept {
  return std::max(options.piece_bytes, least_held_bytes);
}

}  // namespace

ExecPool::ExecPool(ExecPoolOptions options, const FramingOptions& output, Duration linger,
                   StageContext& context)
    : options_(std::move(options)),
      context_(context),
      reading_(input_options(output), linger, context),
      linger_ns_(linger.value.count()),
      cutter_(options_.piece_bytes, options_.piece_end),
      collected_(context.io()),
      said_(context.clock(), [&context](const std::string& line) {
        context.log(LogLevel::warning, "said", {{"line", line}});
      }) {}

ExecPool::~ExecPool() {
  stop();
  if (thread_.joinable()) thread_.join();
}

Status ExecPool::open() {
  Status prepared = reading_.prepare();
  if (prepared) prepared = stop_.open();
  if (prepared) prepared = bell_.open();
  if (!prepared) return prepared;
  const Result<PipeEnds> pipe = make_pipe();
  if (!pipe) return pipe.error();
  out_ = File(context_.io(), pipe.value().write, program());
  ::fcntl(out_.fd(), F_SETFL, O_NONBLOCK);            // NOLINT(*-vararg)
  ::fcntl(out_.fd(), F_SETPIPE_SZ, pipe_size_bytes);  // NOLINT(*-vararg)
  output_ = reading_.open_stream(pipe.value().read, program());
  thread_ = std::thread([this] { run(); });
  return Done{};
}

// --- The input, on the thread that writes --------------------------------------------------------

Result<Next> ExecPool::write(const Batch& batch) {
  Status status = Done{};
  joiner_.pieces(batch, [&](std::string_view text) {
    while (status && !text.empty()) status = take(text);
  });
  if (!status) return std::move(status).error();
  const std::lock_guard lock(mutex_);
  return result_ ? Next::finished : Next::again;
}

void ExecPool::end_input() {
  const std::lock_guard lock(mutex_);
  input_ended_ = true;
  bell_.ring();
}

Status ExecPool::take(std::string_view& text) {
  {
    const std::lock_guard lock(mutex_);
    // It waits for the rest from now on, or for the input to go quiet.
    if (cutter_.whole() == 0) bell_.ring();
    const std::size_t count = cutter_.take(text);
    Status appended = collected_.append(text.substr(0, count));
    text.remove_prefix(count);
    last_input_ns_ = context_.clock().steady_ns();
    if (!appended || !cutter_.is_full()) return appended;
  }
  return hand_over();
}

Status ExecPool::hand_over() {
  Result<File> piece = collected_.take(cutter_.size());
  if (!piece) return std::move(piece).error();
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return !piece_ || result_; });
  cutter_.end_piece(cutter_.size());
  if (result_) return Done{};
  piece_ = std::move(piece).value();
  bell_.ring();
  return Done{};
}

// --- The output, on the thread that reads --------------------------------------------------------

Result<Next> ExecPool::read(Batch& batch) {
  Result<Next> next = output_->read(batch);
  if (!next || next.value() != Next::finished) return next;
  const std::lock_guard lock(mutex_);
  if (result_ && !*result_) return result_->error();
  return Next::finished;
}

void ExecPool::stop() noexcept {
  reading_.stop();
  stop_.signal();
}

// --- The children, on its own thread -------------------------------------------------------------

void ExecPool::run() {
  Status status = Done{};
  while (status && !is_done_ && !stop_.signalled()) status = step();
  end_children();
  said_.tell_left_out();
  const std::lock_guard lock(mutex_);
  result_ = std::move(status);
  piece_.reset();
  // Behind the result, which is read when this has ended.
  out_ = {};
  room_.notify_all();
}

Status ExecPool::step() {
  if (Status started = start_runs(); !started || is_done_) return started;
  const bool has_output = !runs_.empty() && runs_.front().child->holds_output();
  std::vector<pollfd> found{
      {stop_.fd(), POLLIN, 0}, {bell_.fd(), POLLIN, 0}, {has_output ? out_.fd() : -1, POLLOUT, 0}};
  const std::size_t first = found.size();
  for (const Run& run : runs_) {
    const ChildRun::Descriptors awaited = run.child->awaited();
    found.insert(found.end(), awaited.begin(), awaited.end());
  }
  if (context_.io().poll(found.data(), found.size(), milliseconds_until(next_event_ns())) < 0) {
    if (errno == EINTR) return Done{};
    return io_error("cannot wait", errno, program());
  }
  if (found[1].revents != 0) bell_.clear();
  const std::int64_t now_ns = context_.clock().steady_ns();
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const auto own = std::span(found).subspan(first + i * ChildRun::descriptor_count,
                                              ChildRun::descriptor_count);
    Status gone_on = runs_[i].child->go_on(own, i == 0 ? &out_ : nullptr);
    if (gone_on) gone_on = check_time(runs_[i], now_ns);
    if (!gone_on) return gone_on;
  }
  return deliver();
}

Status ExecPool::start_runs() {
  while (may_start()) {
    Result<std::optional<File>> piece = next_piece();
    if (!piece) return std::move(piece).error();
    if (!piece.value()) break;
    auto child =
        ChildRun::start(options_.command, *piece.value(), held_output(), context_.io(), said_);
    if (!child) return std::move(child).error();
    runs_.push_back({std::move(child).value(), context_.clock().steady_ns()});
    context_.findings().number("children").fetch_add(1);
  }
  return Done{};
}

bool ExecPool::may_start() const {
  const auto is_running = [](const Run& run) { return !run.child->exit(); };
  const auto running = std::count_if(runs_.begin(), runs_.end(), is_running);
  // A run that is over and waits for its turn leaves the others the CPUs, but not for ever.
  return static_cast<std::size_t>(running) < options_.instances &&
         runs_.size() < 2 * options_.instances;
}

Result<std::optional<File>> ExecPool::next_piece() {
  const std::lock_guard lock(mutex_);
  if (piece_) {
    room_.notify_one();
    return std::exchange(piece_, std::nullopt);
  }
  std::size_t size = cutter_.whole();
  if (input_ended_) {
    size = cutter_.size();
  } else if (context_.clock().steady_ns() - last_input_ns_ < linger_ns_ || cutter_.is_full()) {
    size = 0;
  }
  is_done_ = input_ended_ && size == 0 && runs_.empty();
  if (size == 0) return std::optional<File>();
  Result<File> file = collected_.take(size);
  if (!file) return std::move(file).error();
  cutter_.end_piece(size);
  return std::optional(std::move(file).value());
}

HeldOutput ExecPool::held_output() {
  if (spare_.empty()) return make_held_output(most_held(options_));
  HeldOutput held = std::move(spare_.back());
  spare_.pop_back();
  return held;
}

Status ExecPool::deliver() {
  while (!runs_.empty()) {
    ChildRun& run = *runs_.front().child;
    Status passed = run.pass_on(out_);
    if (!passed || run.holds_output() || !run.exit()) return passed;
    if (Status good = check_end(run); !good) return good;
    spare_.push_back(run.take_memory());
    runs_.pop_front();
  }
  return Done{};
}

Status ExecPool::check_end(const ChildRun& run) const {
  if (run.exit()->is_success() || options_.on_exit == OnExit::ignore) return Done{};
  return bad_exit(program(), *run.exit(), run.last_line());
}

Status ExecPool::check_time(Run& run, std::int64_t now_ns) const {
  const std::int64_t limit_ns = options_.timeout.value.count();
  if (!run.child->has_room()) run.since_ns = now_ns;
  if (limit_ns == 0 || run.child->exit() || now_ns - run.since_ns < limit_ns) return Done{};
  Error error;
  error.code = ErrorCode::io;
  error.file = program();
  error.message = "the child has not ended within " + print(options_.timeout);
  return error;
}

/// When there will be something to do even if nothing happens.
std::optional<std::int64_t> ExecPool::next_event_ns() {
  std::optional<std::int64_t> next_ns;
  const auto add = [&](std::int64_t at_ns) { next_ns = std::min(next_ns.value_or(at_ns), at_ns); };
  const std::int64_t limit_ns = options_.timeout.value.count();
  for (const Run& run : runs_) {
    if (limit_ns > 0 && run.child->has_room() && !run.child->exit()) add(run.since_ns + limit_ns);
    if (run.child->rests()) add(context_.clock().steady_ns() + pause_ns);
  }
  if (!may_start()) return next_ns;
  const std::lock_guard lock(mutex_);
  if (cutter_.whole() > 0 && !cutter_.is_full()) add(last_input_ns_ + linger_ns_);
  return next_ns;
}

int ExecPool::milliseconds_until(std::optional<std::int64_t> at_ns) const {
  if (!at_ns) return -1;
  const std::int64_t left_ns = std::max<std::int64_t>(*at_ns - context_.clock().steady_ns(), 0);
  constexpr std::int64_t longest = std::numeric_limits<int>::max();
  return static_cast<int>(std::min((left_ns + millisecond_ns - 1) / millisecond_ns, longest));
}

void ExecPool::end_children() {
  // All at once: each by itself has a second to end in.
  std::vector<pollfd> ends;
  for (const Run& run : runs_) {
    if (run.child->exit()) continue;
    run.child->signal(SIGTERM);
    ends.push_back({run.child->descriptor(), POLLIN, 0});
  }
  const auto end = std::chrono::steady_clock::now() + grace;
  while (!ends.empty()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    if (::poll(ends.data(), ends.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
      break;
    std::erase_if(ends, [](const pollfd& child) { return child.revents != 0; });
  }
  for (const Run& run : runs_) {
    if (!run.child->exit()) run.child->signal(SIGKILL);
  }
  runs_.clear();
}

}  // namespace sluice
