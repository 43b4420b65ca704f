// A hash of a text that is the same on every machine and in every version: what it decides must
// not change with them.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

/// XXH64 of `text` with `seed` (the specification is doc/xxhash_spec.md of Cyan4973/xxHash). Not
/// for secrets.
std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) noexcept;

/// XXH3 of 128 bits, of the same specification: two texts that differ have the same one by chance
/// only once in 2^128.
struct WideHash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};
WideHash wide_hash(std::string_view text, std::uint64_t seed) noexcept;

}  // namespace sluice
