// The duplex `exec`: records through a child process.
#include <chrono>
#include <memory>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/duplex_peer.h"
#include "stages/support/encoding.h"
#include "stages/support/exec_peer.h"

namespace sluice {
namespace {

struct Options : ExecOptions, FramingOptions, RecordEncodingOptions {
  Options() noexcept { framing = Framing::automatic; }
  Duration linger = default_linger;
};

EncodingPlan encoding_of(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  return plan_without_path({options, {}}, input, diagnostics);
}

Result<Parts> make(const Options& given, StageContext& context, const StagePlace& place) {
  const Options options = resolved(given, place);
  const auto peer =
      std::make_shared<ExecPeer>(options, options, options.linger, ExecEnds::both, context);
  Diagnostics none;
  Parts parts = encoding_parts(encoding_of(options, place.input, none));
  add_ends(parts, peer, longest_record(options));
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
      .make_in_place(make);
  declare_exec_options(type);
  declare_record_encoding_options(declare_encoded(type, encoding_of));
  declare_framing_options(type)
      .option("linger", &Options::linger,
              "How long lines of its output may wait for more to go with them.",
              between(Duration{}, Duration{std::chrono::seconds(10)}))
      .output([](const Options& options) { return framed_output(options); });
  registry.add(type.done());
}

}  // namespace sluice
