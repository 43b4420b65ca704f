// The transform `compress`: bytes, or records as they are written, become compressed bytes.
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/compressing.h"
#include "stages/support/encoding.h"

namespace sluice {
namespace {

struct Options : EncodingOptions, CompressingOptions {};

EncodingPlan encoding_of(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  return plan_encoding(options, {}, input, diagnostics);
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  encoding_of(options, input, diagnostics);
  return {};
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Diagnostics none;
  return demand_of(encoding_of(options, place.input, none));
}

void check(const Options& options, const OptionErrors& errors) {
  if (plan_compressing(options, {}).compression == Compression::none) {
    errors.add("compression", "option.range", "option 'compression': must name a compression",
               "as in `compression: zstd`");
    return;
  }
  check_compressing(options, {}, errors);
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Parts parts;
  if (place.input_type == EdgeType::records) {
    Diagnostics none;
    parts = encoding_parts(encoding_of(options, place.input, none));
  }
  Result<Parts> more = compressing_parts(plan_compressing(options, {}), context);
  if (!more) return more;
  parts.add(std::move(more).value());
  return parts;
}

constexpr const char* details =
    "A sink of files compresses by itself. This stage is for other sinks, and for what is to be "
    "encoded or compressed once more. It takes bytes or records; of these the options say how they "
    "are written, as with sinks.\n"
    "\n"
    "The output is a sequence of independent frames of equal content, compressed on all threads; "
    "every decompressor reads it, and its bytes do not depend on the number of threads.";

}  // namespace

void register_compress(Registry& registry) {
  Declare<Options> type(Role::transform, "compress", "Compresses a stream of bytes or records.");
  type.input(EdgeType::any)
      .output(EdgeType::bytes)
      .main("compression")
      .required<CompressionChoice>("compression", &Options::compression, "How to compress.");
  declare_compressing_options(type)
      .details(details)
      .example(
          "- source: file\n"
          "  paths: access.log\n"
          "- transform: compress\n"
          "  compression: zstd\n"
          "- sink: stdout\n")
      .check(check)
      .schema(output_schema)
      .demand(input_demand)
      .make_in_place(make);
  registry.add(declare_encoding_options(type).done());
}

}  // namespace sluice
