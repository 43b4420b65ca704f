// The transform `decompress`: compressed bytes become what they hold.
#include <memory>
#include <string>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/byte_stage.h"
#include "stages/support/framing_options.h"
#include "stages/support/input_options.h"

namespace sluice {
namespace {

struct Options : FramingOptions {
  Options() noexcept { framing = Framing::automatic; }
  CompressionChoice compression;
  OnCorrupt on_corrupt = OnCorrupt::fail;
  std::string dictionary;
};

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  Parts parts;
  auto dictionary = std::make_unique<DictionaryFile>(options.dictionary, context.io());
  parts.add(byte_stage_part(make_decompressor(options.compression.chosen, std::move(dictionary)),
                            resolved(options, place), options.on_corrupt, context));
  return parts;
}

Schema output_schema(const Options& /*options*/, const Schema& /*input*/,
                     Diagnostics& /*diagnostics*/) {
  return {};
}

Demand input_demand(const Options& /*options*/, const StagePlace& /*place*/) { return {}; }

constexpr const char* details =
    "A source decompresses what it reads by itself. This stage is for what is compressed within "
    "something else, as in base64, and for data that is compressed twice: each stage takes one "
    "compression off. It works with constant memory, whatever the data claims, and one thread "
    "does it, beside those of the other stages.\n"
    "\n"
    "It takes bytes: give the source `framing: none` if a stage of records reads it as well. What "
    "comes out is cut into records if the stage below wants records, and is bytes otherwise.";

}  // namespace

void register_decompress(Registry& registry) {
  Declare<Options> type(Role::transform, "decompress", "Decompresses a stream of bytes.");
  type.input(EdgeType::bytes)
      .main("compression")
      .option("compression", &Options::compression,
              "How the bytes are compressed. `auto` goes by the first ones, and lets pass what is "
              "not compressed.")
      .option("on_corrupt", &Options::on_corrupt,
              "What to do when the data is damaged or ends too early: `fail`, or `keep` every "
              "whole record in front of the damage and count it as `corrupt_tail`; the rest of the "
              "stream is lost.")
      .option("dictionary", &Options::dictionary,
              "A file with the dictionary that zstd data was compressed with.")
      .details(details)
      .example(
          "- transform: decode\n"
          "  encoding: base64\n"
          "- transform: decompress\n"
          "  compression: gzip\n")
      .schema(output_schema)
      .output([](const Options& options) { return framed_output(options); })
      .demand(input_demand)
      .make_in_place(make);
  registry.add(declare_framing_options(type).done());
}

}  // namespace sluice
