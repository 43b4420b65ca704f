// The duplex `exec`: records through a child process.
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/encoding.h"
#include "stages/support/exec_peer.h"

namespace sluice {
namespace {

struct Options : ExecOptions, FramingOptions {
  Options() noexcept { framing = Framing::automatic; }
  Duration linger = default_linger;
  Encoding encoding = Encoding::automatic;
  std::vector<ExpressionText> fields;
  TemplateText text_template;
};

class ExecInput final : public Sink {
 public:
  explicit ExecInput(std::shared_ptr<ExecPeer> peer) : peer_(std::move(peer)) {}
  bool may_block() const override { return true; }
  Result<Next> write(const Batch& batch) override { return peer_->write(batch); }
  Status flush() override { return peer_->flush(); }
  Status end_input() override {
    peer_->end_input();
    return Done{};
  }
  void stop() noexcept override { peer_->stop(); }

 private:
  std::shared_ptr<ExecPeer> peer_;
};

class ExecOutput final : public Source {
 public:
  explicit ExecOutput(std::shared_ptr<ExecPeer> peer) : peer_(std::move(peer)) {}
  Status open(StageContext& /*context*/) override { return peer_->open(); }
  bool may_block() const override { return true; }
  Result<Next> read(Batch& batch) override { return peer_->read(batch); }
  std::unique_ptr<Loader> make_loader() override { return peer_->make_loader(); }
  void stop() noexcept override { peer_->stop(); }

 private:
  std::shared_ptr<ExecPeer> peer_;
};

EncodingPlan encoding_of(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  EncodingOptions encoding;
  encoding.encoding = options.encoding;
  encoding.fields = options.fields;
  encoding.text_template = options.text_template;
  return plan_encoding(encoding, {}, input, diagnostics);
}

Result<Parts> make(const Options& given, StageContext& context, const StagePlace& place) {
  const Options options = resolved(given, place);
  const auto peer =
      std::make_shared<ExecPeer>(options, options, options.linger, ExecEnds::both, context);
  Diagnostics none;
  Parts parts = encoding_parts(encoding_of(options, place.input, none));
  parts.add(SinkPart{std::make_unique<ExecInput>(peer)});
  parts.add(
      SourcePart{std::make_unique<ExecOutput>(peer), longest_record(options), /*has_loader=*/true});
  return parts;
}

constexpr const char* details =
    "The child's standard input is written and its standard output is read at the same time, so it "
    "may answer each record, or all of them at the end, or none, or more than it was given; how "
    "its "
    "output is cut into records is for `framing` to say. What comes out is new: it has no fields, "
    "and its order is the child's. What it writes to standard error goes to the log, line by "
    "line.\n"
    "\n"
    "The child's input ends with the stage's; the stage has ended when the child has closed its "
    "output and has exited. A child that reads no more but exits with status 0 has what it wants, "
    "like `head`: the stages above stop. When nobody wants more of its output, or the run is given "
    "up, the child and the processes it has started are sent SIGTERM, and SIGKILL if that does not "
    "help.";

}  // namespace

void register_exec(Registry& registry) {
  Declare<Options> type(Role::duplex, "exec",
                        "Sends records through a program: to its input, and from its output.");
  type.input(EdgeType::any)
      .details(details)
      .example(
          "- duplex: exec\n"
          "  command: [jq, --compact-output, 'select(.level == \"error\")']\n"
          "  encoding: jsonl\n")
      .schema([](const Options& options, const Schema& input, Diagnostics& diagnostics) {
        encoding_of(options, input, diagnostics);
        return Schema{};
      })
      .demand([](const Options& options, const StagePlace& place) {
        Diagnostics none;
        return demand_of(encoding_of(options, place.input, none));
      })
      .make_in_place(make);
  declare_exec_options(type)
      .option("encoding", &Options::encoding,
              "How records are written to the child: `raw` is their original text, the others are "
              "made from fields. `auto` is raw while no stage has changed them, and `jsonl` after "
              "that.")
      .option("fields", &Options::fields,
              "The fields to write, in this order; all there are, if not given.")
      .option("template", &Options::text_template,
              "How `encoding: template` writes a record: text with fields in braces.");
  declare_framing_options(type)
      .option("linger", &Options::linger,
              "How long lines of its output may wait for more to go with them.",
              between(Duration{}, Duration{std::chrono::seconds(10)}))
      .output([](const Options& options) { return framed_output(options); });
  registry.add(type.done());
}

}  // namespace sluice
