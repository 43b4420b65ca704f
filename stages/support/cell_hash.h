// Hashes of cells, for tables of groups and for sketches: keys that are equal have equal hashes.
//
// The mixing step, a 64 by 64 bit product folded onto itself, is that of wyhash (public domain; the
// idea, not the code). Values made with the fixed seed are part of the serial form of an
// aggregate's state, so they must not change without a new version of it. Tables take a seed of
// their own, which nobody can know who writes a log that is made to collide. All functions but
// random_hash_seed() are pure; little-endian machines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "engine/data/cell.h"

namespace sluice {

constexpr std::uint64_t hash_mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

namespace hash_detail {
// Bits of pi, odd.
inline constexpr std::uint64_t first = 0x243F6A8885A308D3;
inline constexpr std::uint64_t second = 0x13198A2E03707345;
inline constexpr std::uint64_t third = 0xA4093822299F31D1;
inline constexpr std::uint64_t fourth = 0x082EFA98EC4E6C89;
}  // namespace hash_detail

/// `hash` of what came before, and one more word.
constexpr std::uint64_t hash_more(std::uint64_t hash, std::uint64_t word) noexcept {
  return hash_mix(hash ^ hash_detail::first, word ^ hash_detail::second);
}

/// What tells the hashes of one table from those of another.
struct HashSeed {
  std::uint64_t first = hash_detail::first;
  std::uint64_t second = hash_detail::third;
  bool operator==(const HashSeed&) const = default;
};

/// One that cannot be foreseen.
HashSeed random_hash_seed();

std::uint64_t hash_bytes(std::string_view bytes, const HashSeed& seed = {}) noexcept;

/// The cell that stands for all that are equal to it: a double that is an integer counts as that,
/// and all NaNs are one.
inline Cell key_cell(const Cell& cell) noexcept {
  if (cell.type() != Cell::Type::real) return cell;
  constexpr double limit = 9223372036854775808.0;  // 2^63
  const double value = cell.real();
  if (!(value >= -limit && value < limit)) {
    return value != value ? Cell::real(std::numeric_limits<double>::quiet_NaN()) : cell;
  }
  const auto integer = static_cast<std::int64_t>(value);
  return static_cast<double>(integer) == value ? Cell::integer(integer) : cell;
}

/// For tables: numbers are mixed once only, so that those of a row of integers are spread out more
/// evenly than by chance. REQUIRES, of all: key_cell() made the cells. A NaN equals itself.
std::uint64_t hash_key(const Cell& cell, const HashSeed& seed) noexcept;
/// For sketches, which need chance: each bit depends on all of the cell's, whatever the others are.
std::uint64_t uniform_hash(const Cell& cell) noexcept;
bool same_key(const Cell& a, const Cell& b) noexcept;

}  // namespace sluice
