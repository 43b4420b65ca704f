// `--set KEY=VALUE`: one value of a config changed from the command line.
#pragma once

#include <string>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace sluice {

/// Sets one value of `config`. The key is a dotted path: `vars.day`,
/// `pipelines.main.stages.0.path`. A key of the config that has dots itself is found as it is. Maps
/// on the way are made as needed, a list index must exist. The value is text, with line 0 as its
/// mark. On a mistake `config` is unchanged.
void apply_override(Value& config, const std::string& key_and_value, Diagnostics& diagnostics);

}  // namespace sluice
