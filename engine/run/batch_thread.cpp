#include "engine/run/batch_thread.h"

#include <utility>

namespace sluice {

void BatchThread::start(std::function<void()> idle) {
  if (!idle) {
    thread_ = std::make_unique<SerialThread>();
    return;
  }
  thread_ = std::make_unique<SerialThread>([this, idle = std::move(idle)] {
    pending_.fetch_add(1);
    idle();
    pending_.fetch_sub(1);
  });
}

void BatchThread::hand(BatchPtr batch) {
  if (!thread_) {
    work_(std::move(batch));
    return;
  }
  graph_.reserve();
  pending_.fetch_add(1);
  // std::function wants a copyable task, so the batch crosses as a word.
  thread_->post([this, handed = batch.release()] {
    work_(BatchPtr::adopt(handed));
    pending_.fetch_sub(1);
    graph_.release();
  });
}

}  // namespace sluice
