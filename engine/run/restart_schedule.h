// When a pipeline that failed runs again, and when no more.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "engine/run/graph_spec.h"

namespace sluice {

/// Counts failures in a row. An attempt that lasted longer than the longest wait begins a new row:
/// what it failed of is not what the ones before it did.
class RestartSchedule {
 public:
  explicit RestartSchedule(const RestartSpec& spec) noexcept : spec_(spec) {}

  /// After an attempt that lasted `lasted` and failed: how long to wait before the next one;
  /// nothing: there is none.
  std::optional<std::chrono::nanoseconds> next(std::chrono::nanoseconds lasted) noexcept {
    if (lasted > spec_.max_backoff.value) restarts_ = 0;
    if (spec_.attempts && restarts_ >= *spec_.attempts) return std::nullopt;
    wait_ = restarts_ == 0 ? spec_.backoff.value : wait_ * 2;
    wait_ = std::min(wait_, spec_.max_backoff.value);
    ++restarts_;
    return wait_;
  }

  /// The number of the restart that next() answered last, from 1.
  std::uint64_t restarts() const noexcept { return restarts_; }
  const RestartSpec& spec() const noexcept { return spec_; }

 private:
  RestartSpec spec_;
  std::uint64_t restarts_ = 0;
  std::chrono::nanoseconds wait_{0};
};

}  // namespace sluice
