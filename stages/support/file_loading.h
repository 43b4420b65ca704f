// The two halves of reading files: what a source leaves in its batches, and the loader that makes
// records of it in parallel.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/io.h"
#include "engine/data/batch.h"
#include "engine/data/input_place.h"
#include "engine/stage/stage.h"
#include "engine/stage/stage_context.h"
#include "stages/support/codec_settings.h"
#include "stages/support/input_options.h"
#include "stages/support/part_loading.h"

namespace sluice {

/// Shared by all batches of one input; the file is closed with the last of them.
struct LoadedFile {
  File file;  ///< None for a stream.
  std::string name;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool decompressed = false;
  std::shared_ptr<InputLedger> lines;
};

/// What batches carry to the loader: a range of the file, or parts of it.
struct LoadedWork {
  std::shared_ptr<const LoadedFile> file;
  std::optional<PartGroup> parts;
  /// Set when the batch's offset counts from the part of the file that is stored there.
  std::optional<std::uint64_t> offset_base;
};

/// For an input whose records are framed so.
std::shared_ptr<InputLedger> make_ledger(const FramingOptions& options);

/// Marks `batch` as coming from `offset`; `size` bytes of it are for the loader to read.
void set_work(Batch& batch, std::shared_ptr<const LoadedWork> work, std::uint64_t offset,
              std::uint64_t stored_offset, std::uint64_t size);

/// Loads what set_work left; `context` outlives it.
std::unique_ptr<Loader> make_file_loader(const InputOptions& options, const CodecSettings& settings,
                                         StageContext& context);

}  // namespace sluice
