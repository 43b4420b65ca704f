#include "engine/run/chain_node.h"

#include <optional>
#include <utility>

#include "engine/run/batch_lease.h"
#include "engine/run/guard.h"

namespace sluice {
namespace {

/// Wraps a factory of one contract into a factory of any.
template <class Contract, class Instance>
std::function<Result<Instance>()> widen(std::function<Result<std::unique_ptr<Contract>>()> make) {
  return [make = std::move(make)]() -> Result<Instance> {
    Result<std::unique_ptr<Contract>> made = make();
    if (!made) return std::move(made).error();
    return Instance(std::move(made).value());
  };
}

}  // namespace

ChainNode::ChainNode(const RunServices& services, std::string name)
    : Node(services, std::move(name)), slots_([this] { return make_slot(); }) {}

void ChainNode::add_loader(PartSeat seat, Source& source) {
  steps_.push_back({std::move(seat),
                    [&source]() -> Result<Instance> { return Instance(source.make_loader()); },
                    {},
                    0});
}

void ChainNode::add_transform(PartSeat seat, const TransformPart& part,
                              std::vector<FieldSet> named_outputs) {
  steps_.push_back(
      {std::move(seat), widen<Transform, Instance>(part.make), std::move(named_outputs), 0});
}

void ChainNode::add_rewrite(PartSeat seat, const RewritePart& part, std::size_t scratch) {
  steps_.push_back({std::move(seat), widen<Rewrite, Instance>(part.make), {}, scratch});
}

void ChainNode::add_sink(PartSeat seat, const ParallelSinkPart& part) {
  steps_.push_back({std::move(seat), widen<Sink, Instance>(part.make), {}, 0});
}

Result<std::unique_ptr<ChainNode::Slot>> ChainNode::make_slot() const {
  auto slot = std::make_unique<Slot>();
  for (const Step& step : steps_) {
    Result<Instance> instance = guarded(step.make);
    if (!instance) {
      Error error = std::move(instance).error();
      error.stage = step.seat.stage;
      return error;
    }
    slot->instances.push_back(std::move(instance).value());
  }
  return slot;
}

void ChainNode::on_batch(BatchPtr batch, std::uint16_t /*port*/) {
  Result<std::unique_ptr<Slot>> slot = slots_.take();
  if (!slot) {
    batch->mark_lost();
    fail(steps_.front().seat, std::move(slot).error());
    return;
  }
  const bool goes_on = run_steps(*slot.value(), *batch);
  slots_.give_back(std::move(slot).value());
  if (goes_on) {
    emit(std::move(batch));
  } else {
    batch->mark_lost();
  }
}

bool ChainNode::run_steps(Slot& slot, Batch& batch) {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    // Here and not in Node::run, so that the batch is still there to be marked as lost.
    Status status = guarded([&] {
      return std::visit([&](auto& instance) { return run_step(step, *instance, batch); },
                        slot.instances[i]);
    });
    if (!status) {
      fail(step.seat, std::move(status).error());
      return false;
    }
  }
  return true;
}

Status ChainNode::run_step(const Step& step, Loader& loader, Batch& batch) {
  if (batch.end_of_stream()) return Done{};
  const BusyTimer timer(*step.seat.meter, services_.clock);
  Status status = loader.load(batch);
  if (status) step.seat.meter->count_out(batch);
  return status;
}

Status ChainNode::run_step(const Step& step, Transform& transform, Batch& batch) {
  PartMeter& meter = *step.seat.meter;
  meter.count_in(batch);
  std::vector<BatchPtr> named(step.named_outputs.size());
  std::vector<Batch*> views(step.named_outputs.size(), nullptr);
  // Whoever has an output that is read ends its chain: the edges are those of the last step, and
  // nobody reads an output of the steps before it.
  const bool has_readers = &step == &steps_.back();
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (!has_readers || !connected(i + 1)) continue;
    const FieldSet& wanted = step.named_outputs[i];
    BatchPool& batches = services_.state.batches();
    named[i] =
        wanted.all ? clone_leased(batches, batch) : clone_leased(batches, batch, wanted.names);
    named[i]->select_nothing();
    views[i] = named[i].get();
  }
  {
    const BusyTimer timer(meter, services_.clock);
    Status status = transform.apply(batch, views);
    if (!status) return status;
  }
  meter.count_out(batch);
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (!named[i]) continue;
    meter.count_out(*named[i]);
    emit(std::move(named[i]), i + 1);
  }
  return Done{};
}

Status ChainNode::run_step(const Step& step, Rewrite& rewrite, Batch& batch) {
  PartMeter& meter = *step.seat.meter;
  meter.count_in(batch);
  const BusyTimer timer(meter, services_.clock);
  if (batch.byte_count() > 0) {
    const std::span<char> out = batch.buffer()->take_scratch(step.scratch);
    if (out.empty()) {
      Error error;
      error.message = "no scratch memory is left for a rewrite";
      return error;
    }
    const Result<std::optional<std::size_t>> written = rewrite.rewrite(batch, out);
    if (!written) return written.error();
    batch.set_rewritten(written.value().has_value());
    if (written.value()) {
      batch.set_bytes({out.data(), *written.value()}, batch.record_count());
      batch.set_stream(true);  // What is written needs no line end that it does not have.
    }
  }
  meter.count_out(batch);
  return Done{};
}

Status ChainNode::run_step(const Step& step, Sink& sink, Batch& batch) {
  PartMeter& meter = *step.seat.meter;
  meter.count_in(batch);
  const BusyTimer timer(meter, services_.clock);
  const Result<Next> next = sink.write(batch);
  if (!next) return next.error();
  if (next.value() == Next::finished) close();
  meter.count_out(batch);
  return Done{};
}

Status ChainNode::finish_sinks(bool success) {
  Status result = Done{};
  slots_.for_each([&](Slot& slot) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      auto* sink = std::get_if<std::unique_ptr<Sink>>(&slot.instances[i]);
      if (sink == nullptr) continue;
      if (!success || !result) {
        (*sink)->abandon();
        continue;
      }
      Status status = guarded([&] { return (*sink)->finish(); });
      if (status) continue;
      status.error().stage = steps_[i].seat.stage;
      result = std::move(status);
    }
  });
  return result;
}

}  // namespace sluice
