// The transform `hash`: a checksum of the bytes that pass.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/stage/registry.h"
#include "stages/support/digest.h"

namespace sluice {
namespace {

struct Options {
  DigestAlgorithm algorithm = DigestAlgorithm::sha256;
};

class Hash final : public Observer {
 public:
  Hash(DigestAlgorithm algorithm, StageContext& context)
      : algorithm_(algorithm), context_(context), digest_(make_digest(algorithm)) {}

  Status observe(const Batch& batch) override {
    Status status = Done{};
    batch.for_each_piece([&](std::string_view piece) {
      if (status) status = digest_->add(piece);
    });
    bytes_ += batch.byte_count();
    return status;
  }

  Status finish() override {
    Result<std::string> digest = digest_->finish();
    if (!digest) return std::move(digest).error();
    Findings& findings = context_.findings();
    findings.set("algorithm", OptionType<DigestAlgorithm>::print(algorithm_));
    findings.set("digest", std::move(digest).value());
    findings.number("bytes") = bytes_;
    return Done{};
  }

 private:
  DigestAlgorithm algorithm_;
  StageContext& context_;
  std::unique_ptr<Digest> digest_;
  std::uint64_t bytes_ = 0;
};

Result<Parts> make(const Options& options, StageContext& context) {
  Parts parts;
  parts.add(ObserverPart{std::make_unique<Hash>(options.algorithm, context)});
  return parts;
}

Schema schema(const Options& /*options*/, const Schema& input, Diagnostics& diagnostics) {
  if (!input.has_text) {
    diagnostics.add("hash.no_text", {},
                    "`hash` is over the original text of records, and results have none",
                    "read it from a stage in front of the one that makes the results");
  }
  return input;
}

}  // namespace

void register_hash(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "hash", "Takes a checksum of what passes.")
          .main("algorithm")
          .input(EdgeType::any)
          .output(EdgeType::same)
          .option("algorithm", &Options::algorithm,
                  "The checksum: SHA-256 as `sha256sum` prints it, XXH3 with 64 bits as `xxhsum "
                  "-H3` does, or the CRC-32 of gzip.")
          .details(
              "Everything goes on as it is. At the end of the run the checksum is in the log, on a "
              "line that begins with `hash`, and in `--summary json` among the stage's "
              "`findings`.\n"
              "\n"
              "It is over bytes as they pass, in the order of the input: of records their original "
              "texts with their line ends, those that a stage above filtered out left out. Fields "
              "that a stage above made are no part of it. Of a run that was asked to stop it is "
              "over what had been read by then.")
          .example("- transform: hash\n"
                   "  algorithm: xxh3\n")
          .schema(schema)
          .make(make)
          .done());
}

}  // namespace sluice
