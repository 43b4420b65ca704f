// Stands behind a source of a pipeline that reads no more than so much.
#pragma once

#include <functional>
#include <utility>

#include "engine/run/input_limit.h"
#include "engine/run/order_node.h"

namespace sluice {

/// Serial, in order, so that the records within the limit are the first ones of their source. What
/// is beyond it counts as discarded by the source.
class LimitNode final : public OrderNode {
 public:
  /// `limit` and `source` outlive the node. `on_reached` is to stop() every limit of the pipeline.
  LimitNode(const RunServices& services, std::string name, InputLimit& limit, PartMeter& source,
            std::function<void()> on_reached)
      : OrderNode(services, std::move(name)),
        limit_(limit),
        source_(source),
        on_reached_(std::move(on_reached)) {}

  /// Tells the source that no more is wanted; those below go on to the end. From any thread.
  void stop() { release_above(); }

 private:
  void on_next(BatchPtr batch) override {
    const std::uint64_t records = batch->record_count();
    const bool reached = limit_.apply(*batch);
    source_.count_discarded(records - batch->record_count());
    emit(std::move(batch));
    if (reached) on_reached_();
  }

  InputLimit& limit_;
  PartMeter& source_;
  std::function<void()> on_reached_;
};

}  // namespace sluice
