#include "stages/support/exec_peer.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <utility>

namespace sluice {
namespace {

constexpr int pipe_size_bytes = 1 << 20;

InputOptions input_options(const FramingOptions& framing) {
  InputOptions options;
  static_cast<FramingOptions&>(options) = framing;
  options.compression.chosen = Compression::none;  // What it writes is taken as it is.
  return options;
}

/// A descriptor of the child's, which we have only until it is started.
class ChildEnd {
 public:
  explicit ChildEnd(int fd = -1) noexcept : fd_(fd) {}
  ChildEnd(const ChildEnd&) = delete;
  ChildEnd& operator=(const ChildEnd&) = delete;
  ~ChildEnd() {
    if (fd_ >= 0) ::close(fd_);
  }
  void take_over(int fd) noexcept { fd_ = fd; }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace

ExecPeer::ExecPeer(const ExecOptions& options, const FramingOptions& output, Duration linger,
                   ExecEnds ends, StageContext& context)
    : command_(command_of(options)),
      on_exit_(options.on_exit),
      ends_(ends),
      context_(context),
      reading_(input_options(output), linger, context),
      io_(context.io()) {}

ExecPeer::~ExecPeer() {
  writer_.reset();
  input_ = {};
  output_.reset();
  child_.reset();
}

Status ExecPeer::open() {
  Status prepared = reading_.prepare();
  if (prepared) prepared = io_.prepare();
  if (!prepared) return prepared;
  ChildEnd input;
  ChildEnd output;
  if (ends_ != ExecEnds::output) {
    const Result<PipeEnds> pipe = make_pipe();
    if (!pipe) return pipe.error();
    input.take_over(pipe.value().read);
    input_ = File(io_, pipe.value().write, program());
    // A write that waits could not be called off; fewer turns between the two pay off.
    ::fcntl(input_.fd(), F_SETFL, O_NONBLOCK);            // NOLINT(*-vararg)
    ::fcntl(input_.fd(), F_SETPIPE_SZ, pipe_size_bytes);  // NOLINT(*-vararg)
    writer_.emplace(input_, context_);
  }
  if (ends_ != ExecEnds::input) {
    const Result<PipeEnds> pipe = make_pipe();
    if (!pipe) return pipe.error();
    output.take_over(pipe.value().write);
    ::fcntl(pipe.value().read, F_SETPIPE_SZ, pipe_size_bytes);  // NOLINT(*-vararg)
    output_ = reading_.open_stream(pipe.value().read, program());
  }
  return start(input.fd(), ends_ == ExecEnds::input ? STDOUT_FILENO : output.fd());
}

Status ExecPeer::start(int input, int output) {
  Result<std::unique_ptr<ChildLog>> log =
      ChildLog::open(context_.clock(), [&context = context_](const std::string& line) {
        context.log(LogLevel::warning, "said", {{"line", line}});
      });
  if (!log) return std::move(log).error();
  log_ = std::move(log).value();
  auto child = ChildProcess::start(command_, {input, output, log_->writer()});
  log_->close_writer();
  if (!child) return std::move(child).error();
  const std::lock_guard lock(starting_);
  child_ = std::move(child).value();
  return Done{};
}

Result<Next> ExecPeer::write(const Batch& batch) {
  if (!writer_) return Next::finished;
  Result<Next> next = writer_->write(batch);
  if (next && next.value() == Next::finished) end_input();
  return next;
}

void ExecPeer::end_input() {
  writer_.reset();
  input_ = {};
}

Result<Next> ExecPeer::read(Batch& batch) {
  Result<Next> next = output_->read(batch);
  if (!next || next.value() != Next::finished) return next;
  Status ended = wait_for_exit();
  if (!ended) return std::move(ended).error();
  return Next::finished;
}

Status ExecPeer::wait_for_exit() {
  if (end_) return *end_;
  constexpr std::chrono::hours long_enough{1};
  while (!io_.interrupted() && !io_.wait_readable(child_->descriptor(), long_enough)) {
  }
  if (io_.interrupted()) return Done{};
  const ChildExit exit = child_->reap();
  const std::string last_line = log_->finish();
  const bool is_good = exit.is_success() || on_exit_ == OnExit::ignore;
  end_ = is_good ? Status(Done{}) : Status(bad_exit(program(), exit, last_line));
  return *end_;
}

void ExecPeer::stop() noexcept {
  reading_.stop();
  io_.interrupt();
  const std::lock_guard lock(starting_);
  if (child_) child_->signal(SIGTERM);
}

}  // namespace sluice
