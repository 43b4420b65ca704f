#include "stages/support/child_run.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace sluice {
namespace {

constexpr int output_pipe_bytes = 1 << 20;
/// At once, so that a child that never stops does not hold the others up.
constexpr std::size_t most_errors = 64 << 10;
/// When it is over: what it has started may write for ever.
constexpr std::size_t most_last_errors = 1 << 20;

/// A pipe to read from without waiting.
struct OutputPipe {
  File reader;
  File writer;
};
Result<OutputPipe> make_output_pipe(Io& io, const std::string& name) {
  const Result<PipeEnds> pipe = make_pipe();
  if (!pipe) return pipe.error();
  ::fcntl(pipe.value().read, F_SETFL, O_NONBLOCK);  // NOLINT(*-vararg)
  return OutputPipe{File(io, pipe.value().read, name), File(io, pipe.value().write, name)};
}

bool is_ready(const pollfd& descriptor) noexcept { return descriptor.revents != 0; }

}  // namespace

Result<std::unique_ptr<ChildRun>> ChildRun::start(const ChildCommand& command, const File& input,
                                                  Io& io, SaidLines& said) {
  const std::string& program = command.arguments.front();
  Result<OutputPipe> output = make_output_pipe(io, program);
  if (!output) return std::move(output).error();
  // The more fits, the longer it can work before its turn comes. A system that refuses has its
  // reasons.
  ::fcntl(output.value().reader.fd(), F_SETPIPE_SZ, output_pipe_bytes);  // NOLINT(*-vararg)
  Result<OutputPipe> errors = make_output_pipe(io, program);
  if (!errors) return std::move(errors).error();
  auto child = ChildProcess::start(
      command, {input.fd(), output.value().writer.fd(), errors.value().writer.fd()});
  if (!child) return std::move(child).error();
  return std::unique_ptr<ChildRun>(new ChildRun(std::move(child).value(),
                                                std::move(output).value().reader,
                                                std::move(errors).value().reader, said));
}

ChildRun::Descriptors ChildRun::awaited(bool has_room) const noexcept {
  constexpr int none = -1;  // poll() passes over it.
  return {{{output_ && has_room ? output_.fd() : none, POLLIN, 0},
           {errors_ ? errors_.fd() : none, POLLIN, 0},
           // While it is not reaped, its group can be signalled: also what it has started and what
           // still has its output.
           {output_ || exit_ ? none : child_->descriptor(), POLLIN, 0}}};
}

Status ChildRun::go_on(std::span<const pollfd> found, std::span<char> scratch) {
  if (is_ready(found[1])) read_errors(most_errors);
  if (is_ready(found[0])) return read_output(scratch);
  if (is_ready(found[2])) {
    exit_ = child_->reap();
    read_errors(most_last_errors);
    text_.finish(said_);
    errors_ = {};
  }
  return Done{};
}

Status ChildRun::read_output(std::span<char> scratch) {
  const ssize_t count = output_.io().read(output_.fd(), scratch.data(), scratch.size());
  if (count > 0) {
    held_.append(scratch.data(), static_cast<std::size_t>(count));
  } else if (count == 0) {
    output_ = {};
  } else if (errno != EAGAIN && errno != EINTR) {
    return io_error("cannot read", errno, output_.name());
  }
  return Done{};
}

void ChildRun::read_errors(std::size_t most) {
  std::array<char, 4096> bytes{};
  for (std::size_t taken = 0; errors_ && taken < most;) {
    const ssize_t count = errors_.io().read(errors_.fd(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errors_ = {};
    if (count <= 0) return;
    text_.take({bytes.data(), static_cast<std::size_t>(count)}, said_);
    taken += static_cast<std::size_t>(count);
  }
}

void ChildRun::take(std::size_t count) noexcept {
  taken_ += count;
  if (taken_ < held_.size()) return;
  held_.clear();
  taken_ = 0;
}

}  // namespace sluice
