// Parallel instances of a stage: checked out for one call, last returned first, so that a thread
// tends to get the one whose state is still in its cache.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace sluice {

/// Thread-safe. Makes an instance only when all others are in use, so there are never more than
/// threads that work at once.
template <class Slot>
class Slots {
 public:
  using Factory = std::function<Result<std::unique_ptr<Slot>>()>;
  explicit Slots(Factory factory) : factory_(std::move(factory)) {}

  Result<std::unique_ptr<Slot>> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<Slot> slot = std::move(free_.back());
        free_.pop_back();
        return slot;
      }
    }
    return factory_();
  }

  void give_back(std::unique_ptr<Slot> slot) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(slot));
  }

  /// Visits every instance. REQUIRES: none is taken.
  template <class Visit>
  void for_each(Visit visit) {
    const std::lock_guard lock(mutex_);
    for (const std::unique_ptr<Slot>& slot : free_) visit(*slot);
  }

 private:
  Factory factory_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Slot>> free_;
};

}  // namespace sluice
