// The transform `count`: how many records and bytes pass.
#include <cstdint>
#include <memory>

#include "engine/stage/registry.h"

namespace sluice {
namespace {

struct NoOptions {};

/// In parallel: sums do not depend on the order.
class Count final : public Transform {
 public:
  Count(Findings& findings, bool of_records) : findings_(findings), of_records_(of_records) {}
  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    add(batch.record_count(), batch.byte_count());
    return Done{};
  }

 private:
  void add(std::uint64_t records, std::uint64_t bytes) {
    if (of_records_) findings_.add("records", records);
    findings_.add("bytes", bytes);
  }

  Findings& findings_;
  bool of_records_;
};

Result<Parts> make(const NoOptions& /*options*/, StageContext& context, const StagePlace& place) {
  Findings& findings = context.findings();
  const bool of_records = place.input_type == EdgeType::records;
  if (of_records) findings.add("records", 0);  // Of an empty input, that is worth saying.
  findings.add("bytes", 0);
  Parts parts;
  parts.emplace_back(transform_part(
      [&findings, of_records] { return std::make_unique<Count>(findings, of_records); }));
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
