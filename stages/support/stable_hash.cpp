#include "stages/support/stable_hash.h"

#define XXH_INLINE_ALL  // NOLINT(*-macro-usage): how the header wants to be asked.
#include <xxhash.h>

namespace sluice {

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) noexcept {
  return XXH64(text.data(), text.size(), seed);
}

WideHash wide_hash(std::string_view text, std::uint64_t seed) noexcept {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(text.data(), text.size(), seed);
  return {hash.low64, hash.high64};
}

}  // namespace sluice
