// Stages given as flags of `sluice run`, and the config that they stand for.
//
//   --file a.log.gz --filter '{contains: ERROR}' --stdout
//
// Each --TYPE is one stage, in order. The first one is a source; a later one is a transform, else a
// sink, as for a stage of a config that is named without its role. Its value is the next argument,
// or what follows in --TYPE=VALUE:
//
//   {...}         a YAML map: the options of the stage, or its main option where that is a map
//                 (set, rename) and the map does not name it. Any type takes one.
//   [...]         a YAML list, for the main option. (Brackets at both ends: `[ab]*.log` is text.)
//   anything else is text for the main option, taken as it is: no YAML, no ${VARIABLES}
//
// A type without a main option takes nothing but a map; one whose main option is not required may
// stand alone. An argument that begins with `--` is a value only in --TYPE=VALUE.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/stage/registry.h"
#include "tools/sluice/usage_mistake.h"

namespace sluice {

/// One stage as given.
struct StageFlag {
  const StageType* type = nullptr;  ///< Of the registry.
  std::optional<std::string> value;
};

/// The arguments of `run`, sorted.
struct SortedArguments {
  std::vector<StageFlag> stages;
  std::vector<std::string> others;  ///< Options and pipelines, in order.
  std::optional<UsageMistake> mistake;
};

/// Takes the stage flags out of `arguments`. A word of `options` ("--threads", "-f") is none,
/// whatever stage types there are, unless a map follows (`--set {...}`); nor is anything after
/// `--`. The first mistake is kept.
SortedArguments take_stage_flags(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& options, const Registry& registry);

/// The config of the one pipeline `main` with these stages, `overrides` (KEY=VALUE) applied, as
/// YAML text; or what is wrong with a value or an override.
std::variant<std::string, UsageMistake> config_of(const std::vector<StageFlag>& stages,
                                                  const std::vector<std::string>& overrides);

/// The flags that `registry` gives, for a help text: a line for each role.
std::string stage_flags_help(const Registry& registry);

}  // namespace sluice
