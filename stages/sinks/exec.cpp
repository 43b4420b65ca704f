// The sink `exec`: records on the standard input of a child process.
#include <memory>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/encoding.h"
#include "stages/support/exec_peer.h"

namespace sluice {
namespace {

struct Options : ExecOptions, EncodingOptions {};

class ExecSink final : public Sink {
 public:
  ExecSink(const Options& options, StageContext& context)
      : peer_(options, FramingOptions{}, default_linger, ExecEnds::input, context) {}

  Status open(StageContext& /*context*/) override { return peer_.open(); }
  bool may_block() const override { return true; }
  Result<Next> write(const Batch& batch) override {
    Result<Next> next = peer_.write(batch);
    if (!next || next.value() == Next::again) return next;
    // It reads no more, and may have good reasons or bad ones.
    Status ended = peer_.wait_for_exit();
    if (!ended) return std::move(ended).error();
    return Next::finished;
  }
  Status flush() override { return peer_.flush(); }
  Status end_input() override {
    peer_.end_input();
    return peer_.wait_for_exit();
  }
  void stop() noexcept override { peer_.stop(); }

 private:
  ExecPeer peer_;
};

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Diagnostics none;
  Parts parts = encoding_parts(plan_without_path(options, place.input, none));
  parts.add(SinkPart{std::make_unique<ExecSink>(options, context)});
  return parts;
}

}  // namespace

void register_exec_sink(Registry& registry) {
  Declare<Options> type(Role::sink, "exec", "Runs a program and writes records to it.");
  type.input(EdgeType::any)
      .details(
          "The records are the child's standard input, which ends with them; the run waits for it "
          "to exit. What it writes to standard output goes to that of sluice, and what it writes "
          "to "
          "standard error goes to the log, line by line. A child that exits with status 0 before "
          "it has read all has what it wants: the stages above stop.")
      .example(
          "- sink: exec\n"
          "  command: [mail, -s, errors, operator]\n")
      .make_in_place(make);
  declare_exec_options(type);
  declare_encoded(type, plan_without_path);
  registry.add(declare_encoding_options(type).done());
}

}  // namespace sluice
