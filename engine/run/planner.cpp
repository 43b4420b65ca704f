#include "engine/run/planner.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/run/edge_types.h"
#include "engine/run/layout.h"
#include "engine/run/meta_parts.h"
#include "engine/run/pushdown.h"
#include "engine/run/stage_resolver.h"

namespace sluice {
namespace {

constexpr std::size_t min_tokens = 3;
/// One for who waits its turn in front of a serial stage and one for who is there. Each further
/// token only lets data get cold before its turn: with 8 tokens instead of 4 two threads take 10 to
/// 40 % longer.
constexpr std::size_t spare_tokens = 2;
constexpr std::size_t default_buffer = 512 << 10;
constexpr std::size_t min_buffer = 64 << 10;

/// Puts every stage behind its inputs; reports a cycle with the stages on it.
bool sort_stages(PlannedPipeline& pipeline, Diagnostics& diagnostics) {
  std::vector<std::size_t> missing(pipeline.stages.size());
  for (std::size_t i = 0; i < missing.size(); ++i) missing[i] = pipeline.stages[i].inputs.size();
  pipeline.order.clear();
  bool moved = true;
  while (moved) {
    moved = false;
    for (std::size_t i = 0; i < missing.size(); ++i) {
      if (missing[i] != 0) continue;
      missing[i] = missing.size() + 1;  // Placed.
      pipeline.order.push_back(i);
      moved = true;
      for (std::size_t j = 0; j < missing.size(); ++j) {
        for (const PlannedStage::Input input : pipeline.stages[j].inputs) {
          if (input.stage == i) --missing[j];
        }
      }
    }
  }
  if (pipeline.order.size() == missing.size()) return true;
  // Walking up from a stage that was not placed never leaves the stages that were not.
  std::vector<std::size_t> way;
  auto next =
      static_cast<std::size_t>(std::find_if(missing.begin(), missing.end(),
                                            [&](std::size_t m) { return m <= missing.size(); }) -
                               missing.begin());
  while (std::find(way.begin(), way.end(), next) == way.end()) {
    way.push_back(next);
    const auto& inputs = pipeline.stages[next].inputs;
    next = std::find_if(inputs.begin(), inputs.end(), [&](PlannedStage::Input input) {
             return missing[input.stage] <= missing.size();
           })->stage;
  }
  std::string text = pipeline.stages[next].id;
  for (auto stage = way.rbegin(); stage != way.rend(); ++stage) {
    text += " -> " + pipeline.stages[*stage].id;
    if (*stage == next) break;
  }
  diagnostics.add("pipeline.cycle", pipeline.stages[next].mark,
                  "the stages read from each other in a circle: " + text);
  return false;
}

void check_readers(const PlannedPipeline& pipeline, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < pipeline.stages.size(); ++i) {
    const PlannedStage& stage = pipeline.stages[i];
    if (stage.type->role == Role::sink) continue;
    const bool read = std::any_of(
        pipeline.stages.begin(), pipeline.stages.end(), [&](const PlannedStage& reader) {
          return std::any_of(reader.inputs.begin(), reader.inputs.end(),
                             [&](PlannedStage::Input input) { return input.stage == i; });
        });
    if (read) continue;
    diagnostics.add("stage.unread", stage.mark, "nobody reads stage '" + stage.id + "'",
                    "end the pipeline with a sink, or name '" + stage.id + "' in a `from`");
  }
}

/// What `stage` reads from, directly or not, and itself.
std::vector<bool> ancestry(const PlannedPipeline& pipeline, std::size_t stage) {
  std::vector<bool> seen(pipeline.stages.size(), false);
  std::vector<std::size_t> open{stage};
  while (!open.empty()) {
    const std::size_t next = open.back();
    open.pop_back();
    if (seen[next]) continue;
    seen[next] = true;
    for (const PlannedStage::Input input : pipeline.stages[next].inputs) {
      open.push_back(input.stage);
    }
  }
  return seen;
}

/// Reads one input after the other only where the later ones can wait: branches of one fan-out
/// cannot, because the data of the one that waits holds the tokens that the other one needs.
void check_input_order(const PipelineSpec& spec, const PlannedPipeline& pipeline,
                       Diagnostics& diagnostics) {
  for (std::size_t number = 0; number < pipeline.stages.size(); ++number) {
    const PlannedStage& stage = pipeline.stages[number];
    if (stage.merge != MergeOrder::input) continue;
    std::vector<std::optional<std::size_t>> reader(pipeline.stages.size());
    for (std::size_t input = 0; input < stage.inputs.size(); ++input) {
      const std::vector<bool> above = ancestry(pipeline, stage.inputs[input].stage);
      // The nearest common stage says most; order is from the sources down.
      const auto shared =
          std::find_if(pipeline.order.rbegin(), pipeline.order.rend(),
                       [&](std::size_t other) { return above[other] && reader[other]; });
      if (shared != pipeline.order.rend()) {
        const std::vector<MarkedText>& from = spec.stages[number].from;
        diagnostics.add("stage.order", spec.stages[number].order->mark,
                        "'" + from[*reader[*shared]].text + "' and '" + from[input].text +
                            "' cannot be read one after the other: both come from '" +
                            pipeline.stages[*shared].id + "', so all of '" + from[input].text +
                            "' would have to be held until the other one has ended",
                        "leave `order` out: such branches are merged in the order of '" +
                            pipeline.stages[*shared].id + "'");
        break;
      }
      for (std::size_t other = 0; other < above.size(); ++other) {
        if (above[other]) reader[other] = input;
      }
    }
  }
}

/// Makes the parts of each stage; what only shows here (a bad regular expression) is reported too.
void make_parts(PlannedPipeline& pipeline, const Environment& environment, unsigned threads,
                Diagnostics& diagnostics) {
  for (PlannedStage& stage : pipeline.stages) {
    stage.context = std::make_unique<StageContext>(environment.io, environment.clock,
                                                   environment.claims, threads);
    Result<Parts> parts = stage.bound->make_parts(*stage.context, stage.place);
    if (!parts) {
      diagnostics.add("stage.invalid", stage.mark,
                      "stage '" + stage.id + "': " + parts.error().message);
      continue;
    }
    stage.parts = std::move(parts).value();
    for (std::size_t i = 0; i < stage.parts.size(); ++i) {
      stage.meters.push_back(std::make_unique<PartMeter>());
    }
  }
}

std::uint64_t memory_bound(const Plan& plan) {
  std::uint64_t bytes = 0;
  for (const PlannedPipeline& pipeline : plan.pipelines) {
    for (const GatePlan& gate : pipeline.gates) bytes += BufferPool::memory_bound(gate.sizes);
  }
  return bytes;
}

/// Rounded up: a need of so many bytes says nothing to a person.
ByteSize whole_mebibytes(ByteSize size) {
  constexpr std::uint64_t mebibyte = 1 << 20;
  return {(size.bytes + mebibyte - 1) / mebibyte * mebibyte};
}

/// Lays every pipeline out with as many tokens as pay off, fewer or smaller ones if memory is
/// short.
void fit_memory(Plan& plan, const EngineSpec& engine, Diagnostics& diagnostics) {
  std::size_t buffer = engine.buffer ? engine.buffer->bytes : default_buffer;
  std::size_t tokens = engine.tokens.value_or(plan.threads + spare_tokens);
  while (true) {
    for (PlannedPipeline& pipeline : plan.pipelines) lay_out(pipeline, buffer, tokens);
    plan.buffer = {buffer};
    plan.memory_bound = {memory_bound(plan)};
    if (plan.memory_bound <= plan.memory_limit) return;
    if (!engine.tokens && tokens > min_tokens) {
      --tokens;
    } else if (!engine.buffer && buffer > min_buffer) {
      buffer /= 2;
    } else {
      diagnostics.add("engine.memory", {},
                      "the buffers need " + print(whole_mebibytes(plan.memory_bound)) +
                          ", more than engine.memory allows (" + print(plan.memory_limit) + ")",
                      "raise engine.memory, or lower max_record");
      return;
    }
  }
}

void check_selection(const GraphSpec& spec, const std::vector<std::string>& only,
                     Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const PipelineSpec& pipeline : spec.pipelines) names.push_back(pipeline.name.text);
  for (const std::string& name : only) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    diagnostics.add("pipeline.unknown", {}, "there is no pipeline '" + name + "'",
                    did_you_mean(name, names));
  }
}

}  // namespace

std::optional<Plan> make_plan(const GraphSpec& spec, const Registry& registry,
                              const Environment& environment, const std::vector<std::string>& only,
                              Diagnostics& diagnostics) {
  const std::size_t mistakes = diagnostics.all().size();
  check_selection(spec, only, diagnostics);
  Plan plan;
  plan.threads = spec.engine.threads.value_or(environment.cpus);
  plan.memory_limit = spec.engine.memory;
  plan.shutdown_timeout = spec.engine.shutdown_timeout;
  plan.metrics = spec.metrics;
  for (const PipelineSpec& pipeline_spec : spec.pipelines) {
    PlannedPipeline pipeline;
    pipeline.name = pipeline_spec.name.text;
    pipeline.limit = pipeline_spec.limit;
    pipeline.restart = pipeline_spec.restart;
    const std::size_t before = diagnostics.all().size();
    const bool resolved = resolve_stages(pipeline_spec, registry, pipeline, diagnostics);
    if (resolved && sort_stages(pipeline, diagnostics)) {
      check_readers(pipeline, diagnostics);
      resolve_edges(pipeline, diagnostics);
      check_input_order(pipeline_spec, pipeline, diagnostics);
      const std::size_t before_fields = diagnostics.all().size();
      push_down(pipeline, diagnostics);
      // A stage whose fields are wrong cannot be made.
      if (diagnostics.all().size() == before_fields)
        make_parts(pipeline, environment, plan.threads, diagnostics);
    }
    const bool wanted =
        only.empty() || std::find(only.begin(), only.end(), pipeline.name) != only.end();
    if (diagnostics.all().size() != before || !wanted) continue;
    add_meta_parts(pipeline);
    find_forks(pipeline);
    plan.pipelines.push_back(std::move(pipeline));
  }
  if (diagnostics.all().size() == mistakes) fit_memory(plan, spec.engine, diagnostics);
  if (diagnostics.all().size() != mistakes) return std::nullopt;
  return plan;
}

}  // namespace sluice
