#include "engine/run/edge_types.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace sluice {
namespace {

/// The wish that counts of two who read the same output.
EdgeType stronger(EdgeType one, EdgeType other) {
  for (const EdgeType type : {EdgeType::records, EdgeType::bytes}) {
    if (one == type || other == type) return type;
  }
  return EdgeType::any;
}

bool drops(const PlannedStage& stage) { return stage.when_full != WhenFull::block; }

/// What the readers of each stage's main output would have it be; `any`: they do not mind.
std::vector<EdgeType> wishes(const PlannedPipeline& pipeline) {
  std::vector<EdgeType> wanted(pipeline.stages.size(), EdgeType::any);
  for (auto number = pipeline.order.rbegin(); number != pipeline.order.rend(); ++number) {
    const PlannedStage& stage = pipeline.stages[*number];
    const EdgeType output = stage.bound->output();
    const bool may_give_bytes = output == EdgeType::bytes || output == EdgeType::any;
    EdgeType wish = stage.bound->input();
    // What is left out of bytes would leave the rest unreadable.
    if (wish == EdgeType::any && drops(stage)) wish = EdgeType::records;
    if (wish == EdgeType::any && output == EdgeType::same) wish = wanted[*number];
    // What comes back from a peer says nothing of what goes to it.
    const bool is_duplex = stage.type->role == Role::duplex;
    if (wish == EdgeType::any && may_give_bytes && !is_duplex) wish = EdgeType::bytes;
    for (const PlannedStage::Input input : stage.inputs) {
      if (input.output == 0) wanted[input.stage] = stronger(wanted[input.stage], wish);
    }
  }
  return wanted;
}

EdgeType type_of(const PlannedPipeline& pipeline, PlannedStage::Input output) {
  if (output.output != 0) return EdgeType::records;
  return pipeline.stages[output.stage].place.output_type;
}

/// Records if one of the inputs has them: bytes can be seen as the beginning and end of no record.
EdgeType input_of(const PlannedPipeline& pipeline, const PlannedStage& stage) {
  if (stage.inputs.empty()) return EdgeType::none;
  const bool all_bytes = std::all_of(
      stage.inputs.begin(), stage.inputs.end(),
      [&](PlannedStage::Input input) { return type_of(pipeline, input) == EdgeType::bytes; });
  return all_bytes ? EdgeType::bytes : EdgeType::records;
}

bool counts_records(const PlannedPipeline& pipeline, const PlannedStage& stage) {
  return stage.type->role == Role::source && pipeline.limit && pipeline.limit->records;
}

EdgeType output_of(const PlannedPipeline& pipeline, const PlannedStage& stage, EdgeType wanted) {
  const EdgeType declared = stage.bound->output();
  if (declared == EdgeType::same) return stage.place.input_type;
  if (declared != EdgeType::any) return declared;
  if (counts_records(pipeline, stage)) return EdgeType::records;
  if (wanted != EdgeType::any) return wanted;
  return stage.type->role == Role::transform ? EdgeType::bytes : EdgeType::records;
}

/// Records are counted and left out whole, or not at all.
void check_bytes(const PlannedPipeline& pipeline, const PlannedStage& stage,
                 Diagnostics& diagnostics) {
  const std::string hint = "frame them: set `framing: lines` where they come from";
  if (drops(stage) && stage.place.input_type == EdgeType::bytes) {
    diagnostics.add("edge.when_full", stage.mark,
                    "stage '" + stage.id +
                        "' reads bytes, which are worth nothing once some of them are dropped",
                    hint);
  }
  if (counts_records(pipeline, stage) && stage.place.output_type == EdgeType::bytes) {
    diagnostics.add(
        "edge.limit", stage.mark,
        "`limit: {records}` cannot count what source '" + stage.id + "' gives, which is bytes",
        hint + ", or limit the `bytes`");
  }
}

void check_inputs(const PlannedPipeline& pipeline, const PlannedStage& stage,
                  Diagnostics& diagnostics) {
  const EdgeType wanted = stage.bound->input();
  bool has_bytes = false;
  bool has_records = false;
  for (const PlannedStage::Input input : stage.inputs) {
    const EdgeType given = type_of(pipeline, input);
    has_bytes = has_bytes || given == EdgeType::bytes;
    has_records = has_records || given == EdgeType::records;
    if (given == wanted || wanted == EdgeType::any) continue;
    diagnostics.add("edge.type", stage.mark,
                    "stage '" + stage.id + "' reads " + std::string(name_of(wanted)) + ", but '" +
                        pipeline.stages[input.stage].id + "' gives " + std::string(name_of(given)),
                    wanted == EdgeType::records ? "set `framing: lines` on the source"
                                                : "`framing: none` makes a source give bytes");
    return;
  }
  if (has_bytes && has_records) {
    diagnostics.add("edge.type", stage.mark,
                    "stage '" + stage.id + "' reads bytes from one stage and records from another",
                    "frame the bytes: set `framing: lines` where they come from");
  } else if (has_bytes && stage.inputs.size() > 1 && stage.merge != MergeOrder::input) {
    diagnostics.add("edge.merge", stage.mark,
                    "stage '" + stage.id + "' reads several streams of bytes, which would be mixed",
                    "set `order: input` to read one after the other");
  }
}

}  // namespace

void resolve_edges(PlannedPipeline& pipeline, Diagnostics& diagnostics) {
  const std::vector<EdgeType> wanted = wishes(pipeline);
  for (const std::size_t number : pipeline.order) {
    PlannedStage& stage = pipeline.stages[number];
    stage.place.input_type = input_of(pipeline, stage);
    stage.place.output_type = output_of(pipeline, stage, wanted[number]);
    check_bytes(pipeline, stage, diagnostics);
    check_inputs(pipeline, stage, diagnostics);
  }
}

}  // namespace sluice
