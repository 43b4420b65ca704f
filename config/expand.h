// Variables in config scalars, expanded after YAML has been parsed, so that no value of a variable
// can change the structure of a config.
//
//   ${NAME}            the environment variable NAME; an error if it is unset
//   ${NAME:-default}   `default` if NAME is unset or empty
//   ${NAME:?message}   an error with `message` if NAME is unset or empty
//   ${vars.day}        the entry `day` of the config's `vars`; takes `:-` and `:?` too
//   $${                a plain `${`
//
// A `$` before anything else is itself. What a variable holds is not expanded again, except that
// values of `vars` are expanded before use, in whatever order they need each other. Keys stay as
// they are.
//
//   expand.syntax  `${` without an end, a name that is not one, `${` within a default
//   expand.unset   no such variable and no default, or `:?`
//   expand.cycle   vars that need each other in a circle, or 64 deep
//   expand.size    a scalar over 64 KiB, or more than 16 MiB of expanded text in the config
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace sluice {

/// The value of an environment variable, or nothing if it is unset.
using EnvironmentVariables = std::function<std::optional<std::string>(std::string_view name)>;

/// How much expansion may make.
struct ExpandLimits {
  static constexpr std::size_t scalar_bytes = std::size_t{64} << 10U;
  static constexpr std::size_t total_bytes = std::size_t{16} << 20U;
  static constexpr std::size_t depth = 64;
};

/// Expands every scalar of `config` in place; `config` may have a map `vars` at its top. Scalars
/// keep their marks. Mistakes are appended to `diagnostics`, each at its `${` where that can be
/// told from the mark (a scalar on one line without escapes), else at the scalar; such a scalar
/// stays as it was. An empty `environment` has no variables.
void expand(Value& config, const EnvironmentVariables& environment, Diagnostics& diagnostics);

}  // namespace sluice
