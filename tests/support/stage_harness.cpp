#include "tests/support/stage_harness.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace sluice {
namespace {

void collect(Batch& batch, SourceOutput& output) {
  ++output.batches;
  if (batch.flush()) ++output.flushes;
  output.counted += batch.record_count();
  batch.for_each_piece([&](std::string_view piece) { output.bytes += piece; });
  batch.make_table();
  for (const Slice row : batch.rows()) {
    output.records.emplace_back(batch.bytes().substr(row.offset, row.length));
  }
}

}  // namespace

Entry option(std::string name, std::string text) {
  return {std::move(name), {}, Value::scalar(std::move(text))};
}

Entry option(std::string name, std::vector<std::string> list) {
  std::vector<Value> items;
  for (std::string& item : list) items.push_back(Value::scalar(std::move(item)));
  return {std::move(name), {}, Value::list(std::move(items))};
}

SourceHarness::SourceHarness(Register register_stage, std::vector<Entry> options, Io& io,
                             Clock& clock)
    : context_(io, clock, claims_) {
  Registry registry;
  register_stage(registry);
  Diagnostics diagnostics;
  bound_ = registry.all().front().bind(Value::map(std::move(options)), {}, diagnostics);
  if (bound_ == nullptr) {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = diagnostics.all().front().message;
    status_ = std::move(error);
    return;
  }
  Result<Parts> parts = bound_->make_parts(context_);
  if (!parts) {
    status_ = std::move(parts).error();
    return;
  }
  parts_ = std::move(parts).value();
  part_ = &std::get<SourcePart>(parts_[0]);
}

SourceOutput SourceHarness::run(std::size_t buffer_size,
                                const std::function<void(const Batch&)>& on_batch) {
  SourceOutput output;
  output.status = status_;
  if (!output.status) return output;
  const std::size_t usual = std::max<std::size_t>(buffer_size, part_->usual_batch.bytes);
  BufferPool buffers({3, buffer_size, usual + part_->longest_record.bytes, 0, usual});
  BatchPool batches;
  output.status = source().open(context_);
  const std::unique_ptr<Loader> loader = part_->has_loader ? source().make_loader() : nullptr;
  for (bool finished = false; output.status && !finished;) {
    output.status = step(output, buffers, batches, loader.get(), on_batch, finished);
  }
  for (const auto& [reason, entry] : context_.incidents().all()) {
    output.incidents[reason] = entry.count;
  }
  output.rejected = context_.rejected();
  output.progress = source().progress();
  return output;
}

Status SourceHarness::step(SourceOutput& output, BufferPool& buffers, BatchPool& batches,
                           Loader* loader, const std::function<void(const Batch&)>& on_batch,
                           bool& finished) {
  const BatchPtr batch = batches.make();
  batch->set_buffer(buffers.try_take());
  const Result<Next> next = source().read(*batch);
  if (!next) return next.error();
  finished = next.value() == Next::finished;
  if (next.value() != Next::again) return Done{};
  if (loader != nullptr) {
    Status status = loader->load(*batch);
    if (!status) return status;
  }
  collect(*batch, output);
  if (on_batch) on_batch(*batch);
  return Done{};
}

}  // namespace sluice
