// What decoders and encoders may have to be told beside the format.
#pragma once

#include <memory>

namespace sluice {

class ZstdDictionary;

struct CodecSettings {
  std::shared_ptr<const ZstdDictionary> dictionary;  ///< Of zstd; other formats ignore it.
  /// The largest window of zstd that is decoded, as a power of 2: 128 MiB (zstd --long=27).
  int zstd_window_log = 27;
};

}  // namespace sluice
