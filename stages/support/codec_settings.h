// What decoders and encoders may have to be told beside the format.
#pragma once

#include <memory>

namespace sluice {

class ZstdDictionary;

struct CodecSettings {
  std::shared_ptr<const ZstdDictionary> dictionary;  ///< Of zstd; other formats ignore it.
};

}  // namespace sluice
