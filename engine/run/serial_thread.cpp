#include "engine/run/serial_thread.h"

#include <utility>

namespace sluice {

SerialThread::SerialThread(Task idle) : idle_(std::move(idle)), thread_([this] { run(); }) {}

SerialThread::~SerialThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void SerialThread::post(Task task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  changed_.notify_one();
}

void SerialThread::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    while (!tasks_.empty()) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
    if (idle_) {
      lock.unlock();
      idle_();
      lock.lock();
    }
  }
}

}  // namespace sluice
