#include "stages/support/child_run.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice {
namespace {

constexpr int output_pipe_bytes = 1 << 20;
/// At once: what the cache of a CPU has room for.
constexpr std::size_t most_output = 256 << 10;
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

HeldOutput make_held_output(std::size_t size) { return {make_large_block(size), size}; }

Result<std::unique_ptr<ChildRun>> ChildRun::start(const ChildCommand& command, const File& input,
                                                  HeldOutput held, Io& io, SaidLines& said) {
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
  return std::unique_ptr<ChildRun>(
      new ChildRun(std::move(child).value(), std::move(output).value().reader,
                   std::move(errors).value().reader, std::move(held), said));
}

ChildRun::Descriptors ChildRun::awaited() const noexcept {
  constexpr int none = -1;  // poll() passes over it.
  return {{{output_ && has_room() && !rests_ ? output_.fd() : none, POLLIN, 0},
           {errors_ ? errors_.fd() : none, POLLIN, 0},
           // While it is not reaped, its group can be signalled: also what it has started and what
           // still has its output.
           {output_ || exit_ ? none : child_->descriptor(), POLLIN, 0}}};
}

Status ChildRun::go_on(std::span<const pollfd> found, const File* out) {
  rests_ = false;
  if (is_ready(found[1])) read_errors(most_errors);
  if (is_ready(found[0])) return take_output(out);
  if (is_ready(found[2])) {
    exit_ = child_->reap();
    read_errors(most_last_errors);
    text_.finish(said_);
    errors_ = {};
  }
  return Done{};
}

Status ChildRun::take_output(const File* out) {
  ssize_t count = out != nullptr && !holds_output() ? splice_output(*out) : 0;
  // There is no room, or nothing more: that is for the read to find out.
  if (count <= 0) count = read_output();
  if (count == 0) output_ = {};
  if (count < 0 && errno != EAGAIN && errno != EINTR) {
    return io_error("cannot read", errno, output_.name());
  }
  rests_ = count > 0 && static_cast<std::size_t>(count) < little_for_pipe && is_large_pipe_;
  return Done{};
}

/// Moves pages from one pipe to the other.
ssize_t ChildRun::splice_output(const File& out) {
  return ::splice(output_.fd(), nullptr, out.fd(), nullptr, output_pipe_bytes,
                  SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
}

ssize_t ChildRun::read_output() {
  const std::size_t room = std::min(held_.size - end_, most_output);
  const ssize_t count = output_.io().read(output_.fd(), held_.memory.get() + end_, room);
  if (count > 0) end_ += static_cast<std::size_t>(count);
  return count;
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

Status ChildRun::pass_on(const File& out) {
  while (begin_ < end_) {
    const ssize_t count = out.io().write(out.fd(), held_.memory.get() + begin_, end_ - begin_);
    if (count >= 0) {
      begin_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      return Done{};
    } else if (errno != EINTR) {
      return io_error("cannot write", errno, out.name());
    }
  }
  begin_ = end_ = 0;
  return Done{};
}

}  // namespace sluice
