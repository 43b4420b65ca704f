// The config of a command: read from its file, changed by --set, turned into a GraphSpec.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/run/graph_spec.h"
#include "engine/stage/registry.h"

namespace sluice {

/// What the command line says about the config.
struct ConfigChoice {
  std::string file = "pipelines.yaml";  ///< "-" is stdin.
  std::vector<std::string> overrides;   ///< KEY=VALUE, applied in order.
  std::optional<std::string> text;      ///< In place of a file: what stages as flags stand for.
};

/// A config text and what it is called in messages.
struct ConfigText {
  std::string name;
  std::string text;
};

/// Takes the text, or reads the file or stdin. An error when that cannot be read.
Result<ConfigText> read_config(const ConfigChoice& choice);

/// The graph that `config` describes, with the variables of the process's environment, as far as it
/// is sound; nothing when none of it is. All mistakes are appended to `diagnostics`.
std::optional<GraphSpec> load_config(const ConfigText& config,
                                     const std::vector<std::string>& overrides,
                                     const Registry& registry, Diagnostics& diagnostics);

}  // namespace sluice
