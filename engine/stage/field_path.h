// The names of fields. A field of a nested record has a path of keys; written as one name, keys are
// joined with dots, and a dot or backslash that belongs to a key has a backslash in front. So
// `http.status` is the key `status` of what is under `http`, and `record["user.agent"]` is the
// field `user\.agent`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The name of the field that `keys` lead to.
std::string join_field(const std::vector<std::string>& keys);

/// The keys that `name` stands for. REQUIRES: join_field made it.
std::vector<std::string> split_field(std::string_view name);

/// The name as people write it, for outputs: without the backslashes.
std::string plain_field(std::string_view name);

}  // namespace sluice
