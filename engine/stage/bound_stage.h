// A stage of a config as the planner sees it: its options are read, its neighbours are not known.
#pragma once

#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/stage/part.h"
#include "engine/stage/role.h"
#include "engine/stage/schema.h"
#include "engine/stage/stage_context.h"

namespace sluice {

/// An output beside the main one.
struct NamedOutput {
  std::string name;
  /// It takes the records that the stage cannot work with, and says of each what is wrong with it.
  bool is_for_bad_records = false;
};

/// A stage whose options are read and checked; opens nothing.
class BoundStage {
 public:
  BoundStage() = default;
  BoundStage(const BoundStage&) = delete;
  BoundStage& operator=(const BoundStage&) = delete;
  virtual ~BoundStage() = default;
  virtual EdgeType input() const = 0;
  virtual EdgeType output() const = 0;
  /// The outputs beside the main one, in the order in which its transform is given them.
  virtual const std::vector<NamedOutput>& named_outputs() const = 0;
  /// The records of its main output, given those of its input. Reports what does not fit them, such
  /// as a field that they do not have.
  virtual Schema output_schema(const Schema& input, Diagnostics& diagnostics) const = 0;
  /// What it wants of its input, given what is wanted of its outputs.
  virtual Demand input_demand(const StagePlace& place) const = 0;
  /// Makes the stage's parts. `context` outlives them. Still opens nothing.
  virtual Result<Parts> make_parts(StageContext& context, const StagePlace& place) const = 0;
  Result<Parts> make_parts(StageContext& context) const { return make_parts(context, {}); }
};

}  // namespace sluice
