// The transform `count`: how many records and bytes pass.
#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/stage/registry.h"

namespace sluice {
namespace {

struct NoOptions {};

using Sum = std::atomic<std::uint64_t>;

/// In parallel: sums do not depend on the order.
class Count final : public Transform {
 public:
  /// `records` is null where bytes pass.
  Count(Sum* records, Sum& bytes) : records_(records), bytes_(bytes) {}

  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    if (records_ != nullptr) *records_ += batch.record_count();
    bytes_ += batch.byte_count();
    return Done{};
  }

 private:
  Sum* records_;
  Sum& bytes_;
};

Result<Parts> make(const NoOptions& /*options*/, StageContext& context, const StagePlace& place) {
  Findings& findings = context.findings();
  const bool of_records = place.input_type == EdgeType::records;
  Sum* const records = of_records ? &findings.number("records") : nullptr;
  Sum& bytes = findings.number("bytes");
  Parts parts;
  parts.add(transform_part([records, &bytes] { return std::make_unique<Count>(records, bytes); }));
  return parts;
}

}  // namespace

void register_count(Registry& registry) {
  registry.add(
      Declare<NoOptions>(Role::transform, "count", "Counts the records and bytes that pass.")
          .input(EdgeType::any)
          .output(EdgeType::same)
          .details(
              "Everything goes on as it is. At the end of the run the numbers are in the log, on a "
              "line that begins with `count`, and in `--summary json` among the stage's "
              "`findings`. The bytes are those of the original texts of records, with their line "
              "ends. Where bytes pass that are not cut into records, only they are counted.")
          .example("- transform: count\n")
          .make_in_place(make)
          .done());
}

}  // namespace sluice
