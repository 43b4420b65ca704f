#include "engine/run/pushdown.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/meta_field.h"

namespace sluice {
namespace {

using Input = PlannedStage::Input;

/// Records of a named output have the fields that they came with; bad ones have one more, which
/// says what is wrong.
Schema schema_of(const PlannedStage& stage, std::size_t output) {
  if (output == 0) return stage.output;
  Schema schema = stage.place.input;
  if (stage.bound->named_outputs()[output - 1].is_for_bad_records) {
    if (schema.find(error_field) == nullptr) {
      schema.fields.push_back({std::string(error_field), FieldType::text});
    }
    schema.text_is_json = false;  // It does not say what is wrong.
  }
  return schema;
}

void walk_down(PlannedPipeline& pipeline, Diagnostics& diagnostics) {
  for (const std::size_t number : pipeline.order) {
    PlannedStage& stage = pipeline.stages[number];
    std::vector<Schema> inputs;
    for (const Input input : stage.inputs) {
      inputs.push_back(schema_of(pipeline.stages[input.stage], input.output));
    }
    stage.place.input = merge(inputs);
    stage.output = stage.bound->output_schema(stage.place.input, diagnostics);
  }
}

/// What everybody who reads `output` wants of it; nothing when nobody does. Conditions hold for the
/// records of a reader only, so with several readers none is left.
std::optional<Demand> demand_on(const PlannedPipeline& pipeline,
                                const std::vector<Demand>& input_demands, Input output) {
  std::optional<Demand> demand;
  for (std::size_t reader = 0; reader < pipeline.stages.size(); ++reader) {
    const auto& inputs = pipeline.stages[reader].inputs;
    if (std::find(inputs.begin(), inputs.end(), output) == inputs.end()) continue;
    if (!demand) {
      demand = input_demands[reader];
      continue;
    }
    demand->fields.add(input_demands[reader].fields);
    demand->conditions.clear();
  }
  return demand;
}

/// No stage makes them, so every stage wants of its input those that are wanted below. Of results,
/// which stand at no place, nobody can want any.
void pass_on_meta(const StagePlace& place, FieldSet& wanted) {
  const auto add = [&](const FieldSet& set) {
    for (const MetaField field : meta_fields_in(set)) wanted.add(name_of(field));
  };
  add(place.output.fields);
  for (const auto& named : place.named) {
    if (named) add(named->fields);
  }
}

void walk_up(PlannedPipeline& pipeline) {
  std::vector<Demand> input_demands(pipeline.stages.size());
  for (auto number = pipeline.order.rbegin(); number != pipeline.order.rend(); ++number) {
    PlannedStage& stage = pipeline.stages[*number];
    const std::optional<Demand> main = demand_on(pipeline, input_demands, {*number, 0});
    stage.place.is_output_read = main.has_value();
    stage.place.output = main.value_or(Demand{});
    stage.place.named.clear();
    for (std::size_t output = 1; output <= stage.bound->named_outputs().size(); ++output) {
      stage.place.named.push_back(demand_on(pipeline, input_demands, {*number, output}));
    }
    stage.demand = stage.bound->input_demand(stage.place);
    // Records that are framed here have their places from here.
    const bool frames =
        stage.place.input_type != EdgeType::records || stage.type->role == Role::duplex;
    if (!frames) {
      pass_on_meta(stage.place, stage.demand.fields);
    }
    input_demands[*number] = stage.demand;
  }
}

}  // namespace

void push_down(PlannedPipeline& pipeline, Diagnostics& diagnostics) {
  const std::size_t mistakes = diagnostics.all().size();
  walk_down(pipeline, diagnostics);
  if (diagnostics.all().size() == mistakes) walk_up(pipeline);
}

}  // namespace sluice
