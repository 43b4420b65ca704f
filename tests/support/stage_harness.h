// Runs one stage without a graph, for unit tests of stages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/io.h"
#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/data/batch.h"
#include "engine/data/batch_pool.h"
#include "engine/data/buffer_pool.h"
#include "engine/stage/registry.h"
#include "engine/stage/stage_context.h"

namespace sluice {

/// Options as a config has them: text for text.
Entry option(std::string name, std::string text);
Entry option(std::string name, std::vector<std::string> list);

/// Everything that came out of a source.
struct SourceOutput {
  Status status = Done{};
  std::string bytes;                 ///< All batches, one after the other.
  std::vector<std::string> records;  ///< With their line ends.
  std::uint64_t counted = 0;         ///< Records as the batches count them.
  std::size_t batches = 0;
  std::size_t flushes = 0;
  std::map<std::string, std::uint64_t> incidents;  ///< By reason.
  std::uint64_t rejected = 0;
  Source::Progress progress;
};

/// A source, ready to run: bound, made and with a context.
class SourceHarness {
 public:
  using Register = void (*)(Registry&);

  /// `register_stage` registers one source. Mistakes in the options show in the output's status.
  SourceHarness(Register register_stage, std::vector<Entry> options, Io& io = Io::system(),
                Clock& clock = Clock::system());

  /// Opens and reads it to the end, with buffers of `buffer_size`. `on_batch` sees each batch when
  /// it is complete. Once.
  SourceOutput run(std::size_t buffer_size,
                   const std::function<void(const Batch&)>& on_batch = nullptr);

  /// REQUIRES: the options were good.
  Source& source() { return *part_->source; }
  StageContext& context() { return context_; }
  const Status& status() const { return status_; }

 private:
  Status step(SourceOutput& output, BufferPool& buffers, BatchPool& batches, Loader* loader,
              const std::function<void(const Batch&)>& on_batch, bool& finished);

  Status status_ = Done{};

  FileClaims claims_;
  StageContext context_;
  std::unique_ptr<BoundStage> bound_;
  Parts parts_;
  SourcePart* part_ = nullptr;
};

}  // namespace sluice
