#include <cstddef>
#include <string>

#include "tools/sluice/commands.h"
#include "tools/sluice/console.h"
#include "tools/sluice/planned_config.h"

namespace sluice {
namespace {

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

int validate_command(const ValidateOptions& options) {
  const auto planned = plan_config(options.config);
  if (planned == nullptr) return number_of(ExitStatus::usage);
  const auto& pipelines = planned->plan.pipelines;
  std::size_t stages = 0;
  for (const PlannedPipeline& pipeline : pipelines) stages += pipeline.stages.size();
  return print_out("config is valid: " + counted(pipelines.size(), "pipeline") + ", " +
                   counted(stages, "stage") + "\n");
}

}  // namespace sluice
