#include "tools/benchmark/process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "engine/base/io.h"
#include "tools/benchmark/receiver.h"

namespace sluice::bench {
namespace {

constexpr int exec_failed_status = 127;  // As shells have it.

struct PipeEnds {
  File from;
  File to;
};

Result<PipeEnds> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return io_error("cannot make a pipe", errno);
  Io& io = Io::system();
  return PipeEnds{File(io, ends[0], "pipe"), File(io, ends[1], "pipe")};
}

/// The end of a pipeline: nobody reads from it.
Result<PipeEnds> open_output(const std::string& path) {
  Result<File> file =
      File::open(Io::system(), path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (!file) return std::move(file).error();
  return PipeEnds{File(), std::move(file).value()};
}

/// fork and not posix_spawn: the latter shares this process's memory until the exec, and the kernel
/// then counts the peak of this process as one of the program's.
Result<pid_t> start(std::vector<std::string> arguments, const File& in, const File& out) {
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  const pid_t id = fork();
  if (id < 0) return io_error("cannot start", errno, arguments.front());
  if (id > 0) return id;
  if (dup2(in.fd(), STDIN_FILENO) >= 0 && dup2(out.fd(), STDOUT_FILENO) >= 0) {
    execv(words.front(), words.data());
  }
  _exit(exec_failed_status);
}

struct Started {
  const Command* command;
  pid_t id;
};

/// Starts all programs, as far as possible: `started` holds those that run.
Status start_all(const Pipeline& pipeline, std::vector<Started>& started) {
  Io& io = Io::system();
  Result<File> in = File::open(io, "/dev/null", O_RDONLY | O_CLOEXEC);
  if (!in) return std::move(in).error();
  File from = std::move(in).value();
  for (const Command& command : pipeline.commands) {
    const bool is_last = &command == &pipeline.commands.back();
    Result<PipeEnds> made = is_last ? open_output(pipeline.output) : make_pipe();
    if (!made) return std::move(made).error();
    PipeEnds& ends = made.value();
    const Result<pid_t> id = start(command.arguments, from, ends.to);
    if (!id) return id.error();
    started.push_back({&command, id.value()});
    from = std::move(ends.from);
  }
  return Done{};
}

/// Starts a program that reads and writes nothing but what it is told of, and waits until it
/// listens. If it does not, `started` holds it all the same.
Status start_receiver(const Receiver& receiver, std::optional<Started>& started) {
  Result<File> none = File::open(Io::system(), "/dev/null", O_RDWR | O_CLOEXEC);
  if (!none) return std::move(none).error();
  const Result<pid_t> id = start(receiver.command.arguments, none.value(), none.value());
  if (!id) return id.error();
  started = Started{&receiver.command, id.value()};
  return await_listener(receiver.port, id.value());
}

Error failure(const Command& command, int status) {
  Error error;
  error.code = ErrorCode::io;
  error.message = WIFSIGNALED(status) ? "ended by signal " + std::to_string(WTERMSIG(status))
                                      : "failed with status " + std::to_string(WEXITSTATUS(status));
  error.file = command.arguments.front();
  return error;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Adds what one program used, and answers its status.
Result<int> reap(const Started& program, Usage& usage) {
  int status = 0;
  rusage used{};
  while (wait4(program.id, &status, 0, &used) < 0) {
    if (errno != EINTR) return io_error("cannot wait", errno, program.command->arguments.front());
  }
  usage.cpu_seconds += seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  usage.peak_bytes += static_cast<std::uint64_t>(used.ru_maxrss) << 10;
  return status;
}

Status wait_for(const Started& program, Usage& usage) {
  const Result<int> status = reap(program, usage);
  if (!status) return status.error();
  const bool good = WIFEXITED(status.value()) &&
                    WEXITSTATUS(status.value()) <= program.command->highest_good_status;
  return good ? Status(Done{}) : Status(failure(*program.command, status.value()));
}

Status await_work(const Receiver& receiver, pid_t id) {
  return receiver.bytes == 0 ? Done{} : await_bytes(receiver.path, receiver.bytes, id);
}

/// One that was `asked` may end as it likes.
Status end_receiver(const Started& program, bool asked, Usage& usage) {
  if (!asked) return wait_for(program, usage);
  kill(program.id, SIGTERM);
  const Result<int> status = reap(program, usage);
  return status ? Status(Done{}) : Status(status.error());
}

}  // namespace

Result<Usage> run(const Pipeline& pipeline) {
  using std::chrono::steady_clock;
  std::optional<Started> receiving;
  Status outcome = Done{};
  if (pipeline.receiver) outcome = start_receiver(*pipeline.receiver, receiving);
  const auto begin = steady_clock::now();
  std::vector<Started> started;
  if (outcome) outcome = start_all(pipeline, started);
  Usage usage;
  for (const Started& program : started) {
    Status ended = wait_for(program, usage);
    if (outcome) outcome = std::move(ended);
  }
  auto end = steady_clock::now();
  if (receiving) {
    const Receiver& receiver = *pipeline.receiver;
    if (outcome) outcome = await_work(receiver, receiving->id);
    end = steady_clock::now();
    const bool asked = !outcome || receiver.bytes > 0;
    Status ended = end_receiver(*receiving, asked, usage);
    if (receiver.bytes == 0) end = steady_clock::now();
    if (outcome) outcome = std::move(ended);
  }
  if (!outcome) return std::move(outcome).error();
  usage.wall_seconds = std::chrono::duration<double>(end - begin).count();
  return usage;
}

std::optional<std::string> find_program(std::string_view name) {
  const auto found = [](const std::string& path) { return access(path.c_str(), X_OK) == 0; };
  if (name.find('/') != std::string_view::npos) {
    std::string path(name);
    return found(path) ? std::optional(std::move(path)) : std::nullopt;
  }
  const char* variable = std::getenv("PATH");
  std::string_view folders = variable != nullptr ? variable : "/usr/bin:/bin";
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    std::string path = std::string(folders.substr(0, end)) + "/" + std::string(name);
    if (end > 0 && found(path)) return path;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return std::nullopt;
}

}  // namespace sluice::bench
