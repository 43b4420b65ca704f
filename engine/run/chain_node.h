// The node of everything that runs in parallel: adjacent loaders, transforms, rewrites and sinks
// that need no order, fused into one body, so that a batch passes them while it is in the cache.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "engine/run/node.h"
#include "engine/run/slots.h"
#include "engine/stage/part.h"
#include "engine/stage/schema.h"

namespace sluice {

/// Parallel; keeps the key of each batch and sends exactly one batch on per batch, perhaps empty.
class ChainNode final : public Node {
 public:
  ChainNode(const RunServices& services, std::string name);

  /// Adds a step behind the others. Before the run. The parts outlive the node.
  void add_loader(PartSeat seat, Source& source);
  /// `named_outputs` are the fields that are wanted of each; none for all but the last step, whose
  /// named outputs are those of the node.
  void add_transform(PartSeat seat, const TransformPart& part, std::vector<FieldSet> named_outputs);
  /// `scratch` is the most bytes one rewrite may need.
  void add_rewrite(PartSeat seat, const RewritePart& part, std::size_t scratch);
  void add_sink(PartSeat seat, const ParallelSinkPart& part);

  /// Ends every instance of its sinks: finish, or abandon. REQUIRES: the run is at rest.
  Status finish_sinks(bool success);

 protected:
  void on_batch(BatchPtr batch, std::uint16_t port) override;
  void count_unwanted(const Batch& batch) noexcept override {
    steps_.front().seat.meter->count_unwanted(batch);
  }

 private:
  using Instance = std::variant<std::unique_ptr<Loader>, std::unique_ptr<Transform>,
                                std::unique_ptr<Rewrite>, std::unique_ptr<Sink>>;
  struct Step {
    PartSeat seat;
    std::function<Result<Instance>()> make;
    std::vector<FieldSet> named_outputs;
    std::size_t scratch = 0;
  };
  struct Slot {
    std::vector<Instance> instances;
  };

  Result<std::unique_ptr<Slot>> make_slot() const;
  /// Runs all steps; false when the batch goes no further.
  bool run_steps(Slot& slot, Batch& batch);
  Status run_step(const Step& step, Loader& loader, Batch& batch);
  Status run_step(const Step& step, Transform& transform, Batch& batch);
  Status run_step(const Step& step, Rewrite& rewrite, Batch& batch);
  Status run_step(const Step& step, Sink& sink, Batch& batch);

  std::vector<Step> steps_;
  Slots<Slot> slots_;
};

}  // namespace sluice
