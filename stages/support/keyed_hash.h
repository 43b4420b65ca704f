// A keyed hash of short texts: SipHash-2-4 with a result of 64 bits, by J.-P. Aumasson and D. J.
// Bernstein, "SipHash: a fast short-input PRF" (2012). Who does not know the key can neither tell
// which text a hash stands for nor make one. The same on every machine and in every version.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

struct HashKey {
  std::uint64_t low = 0;  ///< The first eight bytes of the key, little-endian.
  std::uint64_t high = 0;

  /// The key that a passphrase of any length stands for; the empty one is the key 0.
  static HashKey from(std::string_view passphrase) noexcept;
};

std::uint64_t keyed_hash(std::string_view text, HashKey key) noexcept;

}  // namespace sluice
