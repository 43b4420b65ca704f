#include "engine/run/run_state.h"

#include <utility>

namespace sluice {

RunState::RunState() {
  batches_.on_return([this] {
    retired_.fetch_add(1, std::memory_order_relaxed);
    wake_if_at_rest();
  });
}

void RunState::fail(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  draining_.store(true, std::memory_order_release);
  stopped_.store(true, std::memory_order_release);
  changed_.notify_all();
}

void RunState::drain() {
  cancelled_.store(true, std::memory_order_release);
  draining_.store(true, std::memory_order_release);
  wake();
}

void RunState::abort() {
  cancelled_.store(true, std::memory_order_release);
  draining_.store(true, std::memory_order_release);
  stopped_.store(true, std::memory_order_release);
  wake();
}

std::optional<Error> RunState::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void RunState::end() {
  open_.fetch_sub(1);
  wake_if_at_rest();
}

void RunState::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return at_rest() || stopped(); });
}

void RunState::wake_if_at_rest() {
  if (at_rest()) wake();
}

void RunState::wake() {
  // Under the mutex: a flag set between the sleeper's look and its sleep would be missed.
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

}  // namespace sluice
