#include "stages/support/zstd_dictionary.h"

#include <utility>

namespace sluice {

ZstdDictionary::ZstdDictionary(std::string_view bytes)
    : bytes_(bytes),
      id_(ZSTD_getDictID_fromDict(bytes.data(), bytes.size())),
      decoding_(ZSTD_createDDict(bytes.data(), bytes.size())) {}

Result<std::shared_ptr<const ZstdDictionary>> ZstdDictionary::load(std::string_view bytes) {
  Error error;
  error.code = ErrorCode::bad_config;
  if (bytes.empty()) {
    error.message = "zstd: the dictionary is empty";
    return error;
  }
  std::shared_ptr<const ZstdDictionary> dictionary(new ZstdDictionary(bytes));
  if (dictionary->for_decoding() == nullptr) {
    error.message = "zstd: the dictionary is damaged";
    return error;
  }
  return dictionary;
}

const ZSTD_CDict* ZstdDictionary::for_encoding(int level) const {
  const std::lock_guard lock(mutex_);
  auto& made = encoding_[level];
  if (made == nullptr) made.reset(ZSTD_createCDict(bytes_.data(), bytes_.size(), level));
  return made.get();
}

}  // namespace sluice
