// Trying again: how often, and how long to wait in between. What is tried is another's affair.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "engine/base/units.h"
#include "engine/stage/option.h"

namespace sluice {

/// The option `retry: {attempts, backoff, max_backoff, jitter}`. Waits double from `backoff` up to
/// `max_backoff`.
struct RetryPolicy {
  std::uint64_t attempts = 10;  ///< In a row, behind the first failure; 0: none.
  Duration backoff{std::chrono::milliseconds(100)};
  Duration max_backoff{std::chrono::seconds(30)};
  /// The share of a wait that is left to chance, from 0 to 1, so that many who lost the same peer
  /// do not come back all at once.
  double jitter = 0.5;
};

template <>
struct OptionType<RetryPolicy> {
  static std::string name() { return "map of attempts, backoff, max_backoff, jitter"; }
  static bool parse(const Value& value, RetryPolicy& to, std::string& why);
  static std::string print(const RetryPolicy& value);
  static std::vector<std::string> choices() { return {}; }
};

/// Follows one thing that is tried. Not thread-safe.
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy, std::uint32_t seed = std::random_device()())
      : policy_(policy), random_(seed) {}

  /// It failed: how long to wait before the next attempt; nothing: there is to be none.
  std::optional<std::chrono::nanoseconds> next();
  /// It worked: the next failure is the first one again.
  void reset() noexcept { failures_ = 0; }

 private:
  RetryPolicy policy_;
  std::mt19937 random_;
  std::uint64_t failures_ = 0;
};

}  // namespace sluice
