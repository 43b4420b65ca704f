// A dictionary of zstd: bytes that small frames may refer back to as if they stood in front. Made
// by `zstd --train`, or any bytes.
#pragma once

#include <zstd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace sluice {

/// Prepared once and shared by all decoders and encoders. Any thread.
class ZstdDictionary {
 public:
  /// Keeps a copy of `bytes`. bad_config if they are none or damaged. Bytes that do not begin as
  /// those of `zstd --train` do are a dictionary without a number.
  static Result<std::shared_ptr<const ZstdDictionary>> load(std::string_view bytes);

  /// What frames that were made with it name it by; 0: nothing.
  std::uint32_t id() const noexcept { return id_; }

  const ZSTD_DDict* for_decoding() const noexcept { return decoding_.get(); }
  /// Prepared at the first call with this level; null without memory.
  const ZSTD_CDict* for_encoding(int level) const;

 private:
  struct Free {
    void operator()(ZSTD_DDict* dictionary) const noexcept { ZSTD_freeDDict(dictionary); }
    void operator()(ZSTD_CDict* dictionary) const noexcept { ZSTD_freeCDict(dictionary); }
  };

  explicit ZstdDictionary(std::string_view bytes);

  std::string bytes_;
  std::uint32_t id_;
  std::unique_ptr<ZSTD_DDict, Free> decoding_;
  mutable std::mutex mutex_;                                           ///< Guards encoding_.
  mutable std::map<int, std::unique_ptr<ZSTD_CDict, Free>> encoding_;  ///< By level.
};

}  // namespace sluice
