// The transform `count`: how many records and bytes pass.
#include <memory>

#include "engine/stage/registry.h"

namespace sluice {
namespace {

struct NoOptions {};

/// In parallel: sums do not depend on the order.
class Count final : public Transform {
 public:
  explicit Count(Findings& findings) : findings_(findings) {}
  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    findings_.add("records", batch.record_count());
    findings_.add("bytes", batch.byte_count());
    return Done{};
  }

 private:
  Findings& findings_;
};

Result<Parts> make(const NoOptions& /*options*/, StageContext& context) {
  Findings& findings = context.findings();
  findings.add("records", 0);  // An empty input has as many, and that is worth saying.
  findings.add("bytes", 0);
  Parts parts;
  parts.emplace_back(transform_part([&findings] { return std::make_unique<Count>(findings); }));
  return parts;
}

}  // namespace

void register_count(Registry& registry) {
  registry.add(
      Declare<NoOptions>(Role::transform, "count", "Counts the records and bytes that pass.")
          .input(EdgeType::any)
          .output(EdgeType::any)
          .details(
              "Everything goes on as it is. At the end of the run the numbers are in the log, on a "
              "line that begins with `count`, and in `--summary json` among the stage's "
              "`findings`. The bytes are those of the original texts of records, with their line "
              "ends; where a stream of bytes passes that is not cut into records, their number "
              "is 0.")
          .example("- transform: count\n")
          .make(make)
          .done());
}

}  // namespace sluice
