// The sink `null`: takes everything, keeps nothing.
#include <memory>

#include "engine/stage/registry.h"

namespace sluice {
namespace {

struct Options {};

/// The engine counts what goes in, so there is nothing left to do.
class NullSink final : public Sink {
 public:
  Result<Next> write(const Batch& /*batch*/) override { return Next::again; }
};

}  // namespace

void register_null(Registry& registry) {
  registry.add(Declare<Options>(Role::sink, "null", "Counts what arrives and drops it.")
                   .input(EdgeType::any)
                   .details("For measuring a pipeline without the cost of its output, and for "
                            "trying out a config.")
                   .example("- sink: \"null\"\n")
                   .make([](const Options&, StageContext&) -> Result<Parts> {
                     Parts parts;
                     parts.add(ParallelSinkPart{[]() -> Result<std::unique_ptr<Sink>> {
                       return std::unique_ptr<Sink>(std::make_unique<NullSink>());
                     }});
                     return parts;
                   })
                   .done());
}

}  // namespace sluice
