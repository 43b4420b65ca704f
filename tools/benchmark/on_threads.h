// Threads of the floors.
#pragma once

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace sluice::bench {

/// Runs work(0) to work(count - 1) at once, one of them in this thread; answers the first error.
template <class Work>
Status on_threads(unsigned count, const Work& work) {
  std::mutex mutex;
  Status first = Done{};
  const auto run_one = [&](unsigned index) {
    Status status = work(index);
    if (status) return;
    const std::lock_guard lock(mutex);
    if (first) first = std::move(status);
  };
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < count; ++i) others.emplace_back(run_one, i);
    run_one(0);
  }
  return first;
}

}  // namespace sluice::bench
