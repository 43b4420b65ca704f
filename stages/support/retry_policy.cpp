#include "stages/support/retry_policy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sluice {
namespace {

constexpr Duration longest_backoff{std::chrono::hours(24)};

bool parse_jitter(const Value& value, double& to, std::string& why) {
  if (!option_detail::expect_scalar(value, "a number from 0 to 1", why)) return false;
  const std::string& text = value.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (is_number && to >= 0 && to <= 1) return true;
  why = "expected a number from 0 to 1, got '" + text + "'";
  return false;
}

bool parse_wait(const Value& value, Duration& to, std::string& why) {
  if (!OptionType<Duration>::parse(value, to, why)) return false;
  if (to <= longest_backoff) return true;
  why = "it is at most " + print(longest_backoff);
  return false;
}

bool parse_entry(const Entry& entry, RetryPolicy& to, std::string& why) {
  if (entry.key == "attempts") {
    return OptionType<std::uint64_t>::parse(entry.value, to.attempts, why);
  }
  if (entry.key == "backoff") return parse_wait(entry.value, to.backoff, why);
  if (entry.key == "max_backoff") return parse_wait(entry.value, to.max_backoff, why);
  if (entry.key == "jitter") return parse_jitter(entry.value, to.jitter, why);
  why = "there is no such key: there are attempts, backoff, max_backoff, jitter";
  return false;
}

std::string print_number(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), error == std::errc{} ? end : text.data()};
}

}  // namespace

bool OptionType<RetryPolicy>::parse(const Value& value, RetryPolicy& to, std::string& why) {
  to = {};
  if (value.kind() != Value::Kind::map) {
    why = "expected a map, as in `{attempts: 10, backoff: 100ms}`";
    return false;
  }
  for (const Entry& entry : value.entries()) {
    if (parse_entry(entry, to, why)) continue;
    why.insert(0, "'" + entry.key + "': ");
    return false;
  }
  return true;
}

std::string OptionType<RetryPolicy>::print(const RetryPolicy& value) {
  return "{attempts: " + std::to_string(value.attempts) +
         ", backoff: " + sluice::print(value.backoff) +
         ", max_backoff: " + sluice::print(value.max_backoff) +
         ", jitter: " + print_number(value.jitter) + "}";
}

std::optional<std::chrono::nanoseconds> Backoff::next() {
  if (failures_ >= policy_.attempts) return std::nullopt;
  // Beyond 2^60 of anything the bound has been reached.
  const double doubled = std::exp2(static_cast<double>(std::min<std::uint64_t>(failures_++, 60)));
  const double longest = std::min(static_cast<double>(policy_.backoff.value.count()) * doubled,
                                  static_cast<double>(policy_.max_backoff.value.count()));
  const double chance = std::uniform_real_distribution<double>(0, policy_.jitter)(random_);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(longest * (1 - chance)));
}

}  // namespace sluice
