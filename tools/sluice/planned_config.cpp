#include "tools/sluice/planned_config.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "config/misreading.h"
#include "engine/base/cpu_quota.h"
#include "engine/run/planner.h"
#include "stages/register_all.h"
#include "tools/sluice/console.h"

namespace sluice {
namespace {

void print_diagnostics(Diagnostics& diagnostics, const ConfigText& config) {
  diagnostics.sort();
  explain_misreadings(config.text, diagnostics);
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (!text.empty()) text += '\n';
    text += render(diagnostic, config.name, config.text);
  }
  print_error(text);
}

bool reads_stdin(const Plan& plan) {
  return std::any_of(plan.pipelines.begin(), plan.pipelines.end(), [](const auto& pipeline) {
    return std::any_of(pipeline.stages.begin(), pipeline.stages.end(),
                       [](const PlannedStage& stage) { return stage.type->name == "stdin"; });
  });
}

}  // namespace

PlannedConfig::PlannedConfig() : environment{Io::system(), Clock::system(), claims, usable_cpus()} {
  register_all_stages(registry);
}

std::unique_ptr<PlannedConfig> plan_config(const ConfigChoice& choice,
                                           const std::vector<std::string>& only) {
  const Result<ConfigText> config = read_config(choice);
  if (!config) {
    print_mistake("the config: " + to_string(config.error()),
                  "name another one with -f FILE; 'sluice run' also takes stages as flags");
    return nullptr;
  }
  auto planned = std::make_unique<PlannedConfig>();
  Diagnostics diagnostics;
  std::optional<Plan> plan;
  if (auto spec = load_config(config.value(), choice.overrides, planned->registry, diagnostics)) {
    plan = make_plan(*spec, planned->registry, planned->environment, only, diagnostics);
    planned->spec = std::move(*spec);
    planned->only = only;
  }
  if (!plan || !diagnostics.empty()) {
    print_diagnostics(diagnostics, config.value());
    return nullptr;
  }
  if (choice.file == "-" && reads_stdin(*plan)) {
    print_mistake("the config comes from stdin, so the source 'stdin' would find nothing there",
                  "name the config with -f FILE");
    return nullptr;
  }
  planned->plan = std::move(*plan);
  return planned;
}

Result<PlannedPipeline> plan_again(const PlannedConfig& planned, const std::string& name) {
  auto claims = std::make_unique<FileClaims>();
  Environment environment{planned.environment.io, planned.environment.clock, *claims,
                          planned.environment.cpus};
  Diagnostics diagnostics;
  // All of them, so that each gets its share of the memory as before.
  auto plan = make_plan(planned.spec, planned.registry, environment, planned.only, diagnostics);
  if (plan) {
    for (PlannedPipeline& pipeline : plan->pipelines) {
      if (pipeline.name != name) continue;
      pipeline.claims = std::move(claims);
      return std::move(pipeline);
    }
  }
  Error error;
  error.message = "cannot be planned again";
  if (!diagnostics.empty()) error.message += ": " + diagnostics.all().front().message;
  return error;
}

}  // namespace sluice
