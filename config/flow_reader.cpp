#include "config/flow_reader.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "config/key_check.h"

namespace sluice {
namespace {

constexpr Duration shortest_duration{std::chrono::milliseconds(1)};
constexpr std::uint64_t most_counted = 1'000'000'000'000;

}  // namespace

std::optional<LimitSpec> FlowReader::limit(const Value& value, const std::string& name) {
  if (value.kind() != Value::Kind::map || value.entries().empty()) {
    bad_value(value, name, "a map", "write for example {records: 1000}");
    return std::nullopt;
  }
  check_keys(value, {name, {"records", "bytes"}, {}}, diagnostics_);
  LimitSpec limit;
  limit.records = count(value, "records", name);
  if (const Value* bytes = given(value, "bytes")) {
    limit.bytes = parse_byte_size(bytes->text());
    if (!limit.bytes || limit.bytes->bytes == 0) {
      bad_value(*bytes, name + ".bytes", "a size from 1B", "a size has a unit, as in 64KiB");
    }
  }
  return limit;
}

std::optional<RestartSpec> FlowReader::restart(const Value& value, const std::string& name) {
  if (value.kind() == Value::Kind::map) return restart_map(value, name);
  const bool reported = unexpanded_ && value.text().find("${") != std::string::npos;
  if (value.kind() == Value::Kind::scalar && value.text() == "on_failure") return RestartSpec{};
  if (value.kind() == Value::Kind::scalar && (value.text() == "never" || reported)) return {};
  bad_value(value, name, "never, on_failure or a map",
            did_you_mean(value.text(), {"never", "on_failure"}));
  return std::nullopt;
}

std::optional<RestartSpec> FlowReader::restart_map(const Value& map, const std::string& name) {
  check_keys(map, {name, {"on", "backoff", "max_backoff", "attempts"}, {}}, diagnostics_);
  RestartSpec spec;
  const Value* on = given(map, "on");
  if (on != nullptr && on->text() != "failure") {
    bad_value(*on, name + ".on", "failure", "`restart: never` is for a pipeline that does not");
  }
  spec.backoff = duration(map, "backoff", name).value_or(spec.backoff);
  spec.max_backoff =
      duration(map, "max_backoff", name).value_or(std::max(spec.max_backoff, spec.backoff));
  if (spec.max_backoff < spec.backoff) {
    bad_value(*map.find("max_backoff"), name + ".max_backoff",
              "no shorter than backoff, which is " + print(spec.backoff));
  }
  if (const auto attempts = count(map, "attempts", name)) {
    spec.attempts = *attempts;
  }
  return spec;
}

std::optional<Duration> FlowReader::duration(const Value& map, const char* key,
                                             const std::string& name) {
  const Value* value = given(map, key);
  if (value == nullptr) return std::nullopt;
  const auto parsed = parse_duration(value->text());
  if (parsed && *parsed >= shortest_duration) return parsed;
  bad_value(*value, name + "." + key, "a duration from 1ms", "write for example 10s");
  return std::nullopt;
}

std::optional<std::uint64_t> FlowReader::count(const Value& map, const char* key,
                                               const std::string& name) {
  const Value* value = given(map, key);
  if (value == nullptr) return std::nullopt;
  const std::string& text = value->text();
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (whole && number >= 1 && number <= most_counted) return number;
  bad_value(*value, name + "." + key, "a number from 1 to 1000000000000");
  return std::nullopt;
}

const Value* FlowReader::given(const Value& map, const char* key) const {
  const Value* value = map.find(key);
  if (value == nullptr) return nullptr;
  const bool reported = unexpanded_ && value->text().find("${") != std::string::npos;
  return reported ? nullptr : value;
}

void FlowReader::bad_value(const Value& value, const std::string& name, const std::string& wanted,
                           std::string hint) {
  const bool is_text = value.kind() == Value::Kind::scalar;
  diagnostics_.add(is_text ? "config.value" : "config.type", value.mark(),
                   "'" + name + "' must be " + wanted + ", not " + describe(value),
                   std::move(hint));
}

}  // namespace sluice
