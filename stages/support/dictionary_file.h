// Reads a zstd dictionary from the file that an option names.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/codec_settings.h"
#include "stages/support/zstd_dictionary.h"

namespace sluice {

/// Errors name the file: io, or bad_config if it is no dictionary or has more than 16 MiB, which no
/// dictionary is worth.
Result<std::shared_ptr<const ZstdDictionary>> load_dictionary(Io& io, const std::string& path);

/// A dictionary that is read when somebody first needs it. Any thread.
class DictionaryFile {
 public:
  /// An empty path: there is none. `io` outlives the object.
  DictionaryFile(std::string path, Io& io) : path_(std::move(path)), io_(io) {}

  /// The same, also the same error, each time.
  Result<CodecSettings> load();

 private:
  std::string path_;
  Io& io_;
  std::once_flag is_loaded_;
  Result<CodecSettings> settings_ = CodecSettings{};
};

}  // namespace sluice
