// What run, validate and explain have in common: from the command line to a plan, or to every
// mistake on stderr.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/run/plan.h"
#include "engine/stage/registry.h"
#include "tools/sluice/config_input.h"

namespace sluice {

/// A plan together with all that it refers to. Neither copied nor moved.
struct PlannedConfig {
  PlannedConfig();
  PlannedConfig(const PlannedConfig&) = delete;
  PlannedConfig& operator=(const PlannedConfig&) = delete;

  Registry registry;
  FileClaims claims;
  Environment environment;
  GraphSpec spec;                 ///< What `plan` was made of.
  std::vector<std::string> only;  ///< The pipelines in it; all, if empty.
  Plan plan;
};

/// Reads the config and plans the pipelines that `only` names, or all. Opens nothing but the
/// config. Null when there was a mistake; all mistakes are then on stderr.
std::unique_ptr<PlannedConfig> plan_config(const ConfigChoice& choice,
                                           const std::vector<std::string>& only = {});

/// The pipeline `name` as it was planned before, for another run of it: its parts are used up. What
/// it claims is its own affair, since what conflicts with other pipelines did so the first time.
Result<PlannedPipeline> plan_again(const PlannedConfig& planned, const std::string& name);

}  // namespace sluice
