// The source `exec`: what a child process writes to its standard output.
#include <chrono>
#include <memory>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/exec_peer.h"

namespace sluice {
namespace {

struct Options : ExecOptions, FramingOptions {
  Options() noexcept { framing = Framing::automatic; }
  Duration linger = default_linger;
};

class ExecSource final : public Source {
 public:
  ExecSource(const Options& options, StageContext& context)
      : peer_(options, options, options.linger, ExecEnds::output, context) {}
  Status open(StageContext& /*context*/) override { return peer_.open(); }
  bool may_block() const override { return true; }
  Result<Next> read(Batch& batch) override { return peer_.read(batch); }
  std::unique_ptr<Loader> make_loader() override { return peer_.make_loader(); }
  void stop() noexcept override { peer_.stop(); }

 private:
  ExecPeer peer_;
};

Result<Parts> make(const Options& given, StageContext& context, const StagePlace& place) {
  const Options options = resolved(given, place);
  Parts parts;
  parts.add(SourcePart{std::make_unique<ExecSource>(options, context), longest_record(options),
                       /*has_loader=*/true});
  return parts;
}

}  // namespace

void register_exec_source(Registry& registry) {
  Declare<Options> type(Role::source, "exec", "Runs a program and reads what it writes.");
  type.details(
      "The child reads nothing: its standard input is empty. What it writes to standard error goes "
      "to the log, line by line. The source has ended when the child has closed its output and has "
      "exited. When nobody wants more, or the run is stopped, the child and the processes it has "
      "started are sent SIGTERM, and SIGKILL if that does not help.");
  type.example(
      "- source: exec\n"
      "  command: [journalctl, --output=json, --since=today]\n");
  declare_exec_options(type);
  declare_framing_options(type)
      .option("linger", &Options::linger, "How long lines may wait for more to go with them.",
              between(Duration{}, Duration{std::chrono::seconds(10)}))
      .output([](const Options& options) { return framed_output(options); })
      .make_in_place(make);
  registry.add(type.done());
}

}  // namespace sluice
