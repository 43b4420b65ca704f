// The toys with several outputs.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/data/batch.h"
#include "engine/stage/registry.h"
#include "tests/support/toy_stages.h"

namespace sluice::toy {
namespace {

struct SplitOptions {
  std::uint64_t salt = 0;
};

class Split final : public Transform {
 public:
  explicit Split(SplitOptions options) : options_(options) {}
  Status apply(Batch& batch, NamedOutputs outputs) override {
    batch.make_table();
    std::vector<std::uint32_t> even;
    std::vector<std::uint32_t> odd;
    for (const std::uint32_t row : batch.selection()) {
      const bool is_odd = kept(std::string(batch.text(batch.rows()[row])), 2, options_.salt);
      (is_odd ? odd : even).push_back(row);
    }
    if (outputs[0] != nullptr) {
      std::vector<Slice> rows(batch.rows().begin(), batch.rows().end());
      outputs[0]->set_rows(rows);
      outputs[0]->keep_rows(odd);
    }
    batch.keep_rows(even);
    return Done{};
  }

 private:
  SplitOptions options_;
};

struct DealOptions {
  std::uint64_t ways = 2;
  std::uint64_t salt = 0;
};

/// Its outputs follow from its options.
class Deal final : public Transform {
 public:
  explicit Deal(DealOptions options) : options_(options), rows_(options.ways) {}
  Status apply(Batch& batch, NamedOutputs outputs) override {
    batch.make_table();
    for (auto& rows : rows_) rows.clear();
    for (const std::uint32_t row : batch.selection()) {
      const std::string record(batch.text(batch.rows()[row]));
      rows_[dealt(record, options_.ways, options_.salt)].push_back(row);
    }
    for (std::size_t way = 1; way < rows_.size(); ++way) {
      Batch* output = outputs[way - 1];
      if (output == nullptr) continue;
      std::vector<Slice> rows(batch.rows().begin(), batch.rows().end());
      output->set_rows(rows);
      output->keep_rows(rows_[way]);
    }
    batch.keep_rows(rows_.front());
    return Done{};
  }

 private:
  DealOptions options_;
  std::vector<std::vector<std::uint32_t>> rows_;  ///< By output, the main one first.
};

template <class Stage, class Options>
std::function<Result<Parts>(const Options&, StageContext&)> transform() {
  return [](const Options& options, StageContext& /*context*/) -> Result<Parts> {
    Parts parts;
    parts.add(TransformPart{[options]() -> Result<std::unique_ptr<Transform>> {
      return std::unique_ptr<Transform>(std::make_unique<Stage>(options));
    }});
    return parts;
  };
}

}  // namespace

void register_toy_outputs(Registry& registry) {
  registry.add(Declare<SplitOptions>(Role::transform, "split", "Sends half another way.")
                   .option("salt", &SplitOptions::salt, "Which half.")
                   .named_output("odd")
                   .make(transform<Split, SplitOptions>())
                   .done());
  registry.add(Declare<DealOptions>(Role::transform, "deal", "Sends records many ways.")
                   .option("ways", &DealOptions::ways, "How many.", between<std::uint64_t>(1, 9))
                   .option("salt", &DealOptions::salt, "Which where.")
                   .named_outputs([](const DealOptions& options) {
                     std::vector<NamedOutput> outputs;
                     for (std::uint64_t way = 1; way < options.ways; ++way) {
                       outputs.push_back({"w" + std::to_string(way)});
                     }
                     return outputs;
                   })
                   .main_output("w0")
                   .make(transform<Deal, DealOptions>())
                   .done());
}

}  // namespace sluice::toy
