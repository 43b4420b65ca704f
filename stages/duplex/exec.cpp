// The duplex `exec`: records through a child process, or through several.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/duplex_peer.h"
#include "stages/support/encoding.h"
#include "stages/support/exec_peer.h"
#include "stages/support/exec_pool.h"
#include "stages/support/instances.h"

namespace sluice {
namespace {

struct Options : ExecOptions, FramingOptions, RecordEncodingOptions {
  Options() noexcept { framing = Framing::automatic; }
  Duration linger = default_linger;
  Instances instances;
  ByteSize piece = 8_MiB;
  Duration timeout{};
};

EncodingPlan encoding_of(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  return plan_without_path({static_cast<const RecordEncodingOptions&>(options), {}}, input,
                           diagnostics);
}

std::shared_ptr<DuplexPeer> make_peer(const Options& options, StageContext& context,
                                      const StagePlace& place) {
  if (options.instances.is_one()) {
    return std::make_shared<ExecPeer>(options, options, options.linger, ExecEnds::both, context);
  }
  ExecPoolOptions pool;
  pool.command = command_of(options);
  pool.on_exit = options.on_exit;
  pool.instances = options.instances.resolved(context.threads());
  pool.piece_bytes = options.piece.bytes;
  pool.piece_end = place.input_type == EdgeType::bytes ? PieceEnd::byte : PieceEnd::line;
  pool.timeout = options.timeout;
  return std::make_shared<ExecPool>(std::move(pool), options, options.linger, context);
}

std::vector<std::string> notes_of(const Options& options, const StageContext& context) {
  if (options.instances.is_one()) return {};
  const std::size_t instances = options.instances.resolved(context.threads());
  const std::string piece = print(options.piece);
  return {"beside the buffers, pieces and what children made of them: at most " +
          std::to_string(instances + 2) + " x " + piece + " and " + std::to_string(2 * instances) +
          " x " + piece};
}

Result<Parts> make(const Options& given, StageContext& context, const StagePlace& place) {
  const Options options = resolved(given, place);
  const std::shared_ptr<DuplexPeer> peer = make_peer(options, context, place);
  Diagnostics none;
  Parts parts = encoding_parts(encoding_of(options, place.input, none));
  add_ends(parts, peer, longest_record(options), notes_of(options, context));
  return parts;
}

void check_instances(const Options& options, const OptionErrors& errors) {
  if (!options.instances.is_one()) return;
  for (const char* option : {"piece", "timeout"}) {
    if (!errors.given(option)) continue;
    errors.add(option, "option.conflict",
               "option '" + std::string(option) + "' is for more than one instance",
               "as in `instances: per_slot`");
  }
}

constexpr const char* details =
    "The child's standard input is written and its standard output is read at the same time, so it "
    "may answer each record, or all of them at the end, or none, or more than it was given; how "
    "its "
    "output is cut into records is for `framing` to say. What comes out is new: it has no fields, "
    "and its order is the child's. What it writes to standard error goes to the log, line by "
    "line.\n"
    "\n"
    "With `instances` the child is started anew for each piece of the input, several at once, and "
    "what they write comes out in the order of the pieces. That is for filters that look at each "
    "record by itself (`jq`, `grep`, `sed`, `awk` without sums): what one child finds out in a "
    "piece, the next one does not know.\n"
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
      .check(check_instances)
      .make_in_place(make);
  declare_exec_options(type);
  declare_record_encoding_options(declare_encoded(type, encoding_of));
  declare_framing_options(type)
      .option(
          "linger", &Options::linger,
          "How long lines of its output may wait for more to go with them, and the records of a "
          "`piece` for the rest of it if a child more may run.",
          between(Duration{}, Duration{std::chrono::seconds(10)}))
      .option("instances", &Options::instances,
              "How many children run at once. 1 is one child for all of the input. More run once "
              "for each `piece` of it; `per_slot` is as many as `engine.threads`.")
      .option("piece", &Options::piece,
              "What one of several children gets: as many records as it takes to reach this size, "
              "or plain bytes of exactly this size. Less when no more came for `linger`.",
              between<ByteSize>(1_B, 256_MiB))
      .option("timeout", &Options::timeout,
              "How long one of several children may run, without the time in which the stages "
              "below have no room for its output; the run fails then. 0s: for ever.",
              between(Duration{}, Duration{std::chrono::hours(24)}))
      .output([](const Options& options) { return framed_output(options); });
  registry.add(type.done());
}

}  // namespace sluice
