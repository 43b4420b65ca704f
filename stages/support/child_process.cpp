#include "stages/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>

namespace sluice {
namespace {

/// How long a process that was asked to end has before it is killed.
constexpr std::chrono::milliseconds grace{1000};
constexpr int first_free_descriptor = 3;

/// posix_spawn's description of what to do between fork and exec.
class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }

  void set_stream(int stream, int from) {
    if (from >= 0) {
      ::posix_spawn_file_actions_adddup2(&actions_, from, stream);
    } else {
      ::posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0);
    }
  }
  void go_to(const std::string& folder) {
    if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }
  void close_others() {
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, first_free_descriptor);
  }
  const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// A group of its own, and signals as a program expects to find them.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int number : {SIGPIPE, SIGXFSZ}) sigaddset(&defaults, number);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

/// The null-terminated array of exec; `texts` outlive it.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string_view name_of_variable(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

std::vector<std::string> environment_with(const std::vector<std::string>& others) {
  std::vector<std::string> all = others;
  for (char** own = environ; *own != nullptr; ++own) {
    const bool is_replaced =
        std::any_of(others.begin(), others.end(), [&](const std::string& other) {
          return name_of_variable(other) == name_of_variable(*own);
        });
    if (!is_replaced) all.emplace_back(*own);
  }
  return all;
}

/// Out of the way of the three streams, should one of those be closed.
int moved_up(int fd) {
  if (fd >= first_free_descriptor) return fd;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, first_free_descriptor);  // NOLINT(*-vararg)
  ::close(fd);
  return moved;
}

int open_process(pid_t process) {
  return static_cast<int>(::syscall(SYS_pidfd_open, process, 0));  // NOLINT(*-vararg)
}

}  // namespace

std::string describe(const ChildExit& exit) {
  if (exit.signal == 0) return "exited with status " + std::to_string(exit.status);
  return "was ended by signal " + std::to_string(exit.signal) + " (" + ::strsignal(exit.signal) +
         ")";
}

Error bad_exit(const std::string& program, const ChildExit& exit, const std::string& last_line) {
  Error error;
  error.code = ErrorCode::io;
  error.file = program;
  error.message = "the child " + describe(exit);
  if (!last_line.empty()) error.message += " (" + last_line + ")";
  return error;
}

Result<PipeEnds> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return io_error("cannot make a pipe", errno);
  const PipeEnds pipe{moved_up(ends[0]), moved_up(ends[1])};
  if (pipe.read >= 0 && pipe.write >= 0) return pipe;
  Error error = io_error("cannot make a pipe", errno);
  for (const int end : {pipe.read, pipe.write}) {
    if (end >= 0) ::close(end);
  }
  return error;
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const ChildCommand& command,
                                                          const Streams& streams) {
  SpawnActions actions;
  actions.set_stream(STDIN_FILENO, streams.input);
  actions.set_stream(STDOUT_FILENO, streams.output);
  actions.set_stream(STDERR_FILENO, streams.errors);
  actions.go_to(command.working_directory);
  actions.close_others();
  const SpawnAttributes attributes;
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = environment_with(command.environment);
  pid_t process = 0;
  const int failure =
      ::posix_spawnp(&process, arguments.front().c_str(), actions.get(), attributes.get(),
                     pointers_to(arguments).data(), pointers_to(environment).data());
  if (failure != 0) {
    const std::string& folder = command.working_directory;
    return io_error(folder.empty() ? "cannot start" : "cannot start in '" + folder + "'", failure,
                    arguments.front());
  }
  std::unique_ptr<ChildProcess> child(new ChildProcess(process, open_process(process)));
  if (child->descriptor_ < 0) return io_error("cannot watch", errno, arguments.front());
  return child;
}

ChildProcess::~ChildProcess() {
  if (!reaped_) {
    signal(SIGTERM);
    pollfd ended{descriptor_, POLLIN, 0};
    const auto end = std::chrono::steady_clock::now() + grace;
    while (descriptor_ >= 0) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      const int ready = ::poll(&ended, 1, static_cast<int>(std::max<long>(left.count(), 0)));
      if (ready >= 0 || errno != EINTR) break;
    }
    signal(SIGKILL);
    reap();
  }
  if (descriptor_ >= 0) ::close(descriptor_);
}

ChildExit ChildProcess::reap() {
  siginfo_t info{};
  const auto wait = [&](int options) {
    while (::waitid(P_PID, static_cast<id_t>(process_), &info, options) != 0 && errno == EINTR) {
    }
  };
  wait(WEXITED | WNOWAIT);
  const std::lock_guard lock(mutex_);
  wait(WEXITED);
  reaped_ = true;
  if (info.si_code == CLD_EXITED) return {info.si_status, 0};
  return {0, info.si_status};
}

void ChildProcess::signal(int number) noexcept {
  const std::lock_guard lock(mutex_);
  if (!reaped_) ::kill(-process_, number);
}

}  // namespace sluice
