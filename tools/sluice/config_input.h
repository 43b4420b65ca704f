// The config of a command: read from its file, changed by --set, turned into a GraphSpec.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/run/graph_spec.h"

namespace sluice {

/// What the command line says about the config.
struct ConfigChoice {
  std::string file = "pipelines.yaml";  ///< "-" is stdin.
  std::vector<std::string> overrides;   ///< KEY=VALUE, applied in order.
};

/// A config text and what it is called in messages.
struct ConfigText {
  std::string name;
  std::string text;
};

/// Reads the file or stdin. An error when it cannot be read or is larger than a config may be.
Result<ConfigText> read_config(const std::string& file);

/// The graph that `config` describes, with the variables of the process's environment, as far as it
/// is sound; nothing when none of it is. All mistakes are appended to `diagnostics`.
std::optional<GraphSpec> load_config(const ConfigText& config,
                                     const std::vector<std::string>& overrides,
                                     Diagnostics& diagnostics);

}  // namespace sluice
