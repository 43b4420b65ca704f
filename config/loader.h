// Config text to a GraphSpec: YAML, overrides, variables, then the shape of the config. Stage types
// and their options are the planner's, which has the registry.
//
// Beside the codes of document.h and expand.h:
//
//   config.version        `version` is missing or not 1
//   config.missing        no pipelines, no stages, a stage without a type
//   config.type           a list where a map belongs, ...
//   config.value          a value out of its range, a size or duration without a unit
//   config.name           a pipeline or variable name with other than letters, digits, `_`, `-`,
//   `.` config.unknown_key    a key that means nothing here config.not_available  a key that this
//   version does not have yet config.role           a stage with two roles config.override       a
//   `--set` that is not KEY=VALUE, or whose path leads nowhere
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/expand.h"
#include "engine/base/diagnostic.h"
#include "engine/base/value.h"
#include "engine/run/graph_spec.h"

namespace sluice {

struct LoadRequest {
  std::string file_name;               ///< For messages only; nothing is opened.
  std::string text;                    ///< The YAML.
  std::vector<std::string> overrides;  ///< KEY=VALUE as given to --set, applied in order.
  EnvironmentVariables environment;
  /// See stage_reader.h.
  std::map<std::string, std::string, std::less<>> map_options = {};
};

/// The graph that `request` describes; nothing if there is any mistake. All mistakes are appended
/// to `diagnostics`, which is left sorted.
std::optional<GraphSpec> load(const LoadRequest& request, Diagnostics& diagnostics);

/// The same, but with what is sound of a config that has mistakes: the pipelines whose shape is
/// right, so that the planner can report its own mistakes in the same run. Nothing when not even
/// the variables could be filled in. Whether there were mistakes, only `diagnostics` says.
std::optional<GraphSpec> load_sound_parts(const LoadRequest& request, Diagnostics& diagnostics);

}  // namespace sluice
