// Reads what a pipeline says of its own course: how much it reads, whether it runs again. Private
// to config/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"
#include "engine/run/graph_spec.h"

namespace sluice {

/// Reports its own mistakes and carries on.
class FlowReader {
 public:
  /// `unexpanded`: scalars that still hold a `${` are mistakes that have been reported.
  FlowReader(Diagnostics& diagnostics, bool unexpanded)
      : diagnostics_(diagnostics), unexpanded_(unexpanded) {}

  /// `{records: N, bytes: SIZE}`, one of them at least; `name` is what messages call it.
  std::optional<LimitSpec> limit(const Value& value, const std::string& name);
  /// `never`, `on_failure` or `{on: failure, backoff: T, max_backoff: T, attempts: N}`; nothing:
  /// never.
  std::optional<RestartSpec> restart(const Value& value, const std::string& name);
  /// A duration of at least 1ms; nothing if there is no such key.
  std::optional<Duration> duration(const Value& map, const char* key, const std::string& name);

 private:
  /// The scalar below `key`; null if there is nothing to read.
  const Value* given(const Value& map, const char* key) const;
  std::optional<std::uint64_t> count(const Value& map, const char* key, const std::string& name);
  std::optional<RestartSpec> restart_map(const Value& map, const std::string& name);
  void bad_value(const Value& value, const std::string& name, const std::string& wanted,
                 std::string hint = {});

  Diagnostics& diagnostics_;
  bool unexpanded_;
};

}  // namespace sluice
