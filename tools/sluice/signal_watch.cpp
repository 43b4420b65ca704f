#include "tools/sluice/signal_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <span>
#include <utility>

#include "tools/sluice/exit_status.h"

namespace sluice {
namespace {

sigset_t watched_signals() noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

File open_signalfd() {
  const sigset_t set = watched_signals();
  return {Io::system(), signalfd(-1, &set, SFD_CLOEXEC), "signalfd"};
}

}  // namespace

void take_over_signals() noexcept {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
}

SignalWatch::SignalWatch(Actions actions)
    : actions_(std::move(actions)),
      signals_(open_signalfd()),
      stop_(Io::system(), eventfd(0, EFD_CLOEXEC), "eventfd") {
  if (signals_ && stop_) {
    thread_ = std::thread([this] { watch(); });
  } else {
    // Out of descriptors: the signals then do what they do by default.
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  }
}

SignalWatch::~SignalWatch() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_.fd(), 1);  // Its counter has room for this, so it cannot fail.
  thread_.join();
}

void SignalWatch::watch() {
  std::array<pollfd, 2> waits{{{signals_.fd(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}}};
  while (true) {
    const int ready = Io::system().poll(waits.data(), waits.size(), -1);
    if (ready < 0) continue;  // Interrupted: every signal that matters is blocked here.
    if (waits[1].revents != 0) return;
    signalfd_siginfo info{};
    const auto size = signals_.read(std::span(reinterpret_cast<char*>(&info), sizeof info));
    if (size && size.value() == sizeof info) take(static_cast<int>(info.ssi_signo));
  }
}

void SignalWatch::take(int signal) {
  if (signal == SIGHUP) {
    actions_.hangup();
    return;
  }
  ++taken_;
  if (taken_ == 1) {
    first_signal_ = signal;
    actions_.drain(signal);
  } else if (taken_ == 2) {
    actions_.abort(signal);
  } else {
    _exit(signal_exit_base + signal);
  }
}

}  // namespace sluice
