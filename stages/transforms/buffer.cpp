// The transform `buffer`: lets more of the data in front of it be under way.
#include <string>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/passing.h"

namespace sluice {
namespace {

struct Options {
  ByteSize size = 16_MiB;
};

Result<Parts> make(const Options& options, StageContext& /*context*/) {
  TransformPart part = passing_part();
  part.more_under_way = options.size;
  part.notes.push_back("lets " + print(options.size) + " more be under way in front of it");
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

}  // namespace

void register_buffer(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "buffer", "Holds more data, to smooth bursts.")
          .main("size")
          .input(EdgeType::any)
          .output(EdgeType::same)
          .option("size", &Options::size, "How much more, in bytes of buffers.",
                  between<ByteSize>(64_KiB, 64_GiB))
          .details(
              "Where what follows is slow for a while, or what is above comes in bursts, the stage "
              "that fills the buffers (a source, or one that copies records, such as `head`) goes "
              "on for so much longer before it waits. Only the buffers of the nearest such stage "
              "above become more; of several inputs, those of each. Everything goes on as it is, "
              "as soon as it can.\n"
              "\n"
              "The memory is part of the bound that `sluice explain` shows, and `engine.memory` "
              "must allow it.")
          .example("- transform: buffer\n"
                   "  size: 32MiB\n")
          .make(make)
          .done());
}

}  // namespace sluice
