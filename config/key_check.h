// The checks and messages that every section of a config shares. Private to config/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace sluice {

/// The keys that a map of the config may have.
struct KeySet {
  std::string_view where;                ///< "engine", "metrics.log"; empty at the top.
  std::vector<std::string> known;        ///< What there is.
  std::vector<std::string> unavailable;  ///< Promised, but not in this version.
};

/// Refuses the keys of `map` that are not known. Returns the known keys they were probably meant to
/// be, so that those are not reported as missing on top.
std::vector<std::string> check_keys(const Value& map, const KeySet& keys, Diagnostics& diagnostics);

/// Reports `'KEY' is not available in this version`.
void report_not_available(const std::string& key, Mark mark, Diagnostics& diagnostics);

/// What a message calls a value: "'text'" (cut when long), "a list", "a map" or "nothing".
std::string describe(const Value& value);

/// True if `name` can name a pipeline or a variable: letters, digits, `_`, `-`, `.`.
bool is_config_name(std::string_view name) noexcept;

}  // namespace sluice
