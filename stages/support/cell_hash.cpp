#include "stages/support/cell_hash.h"

#include <bit>
#include <cstring>
#include <random>

namespace sluice {
namespace {

std::uint64_t word_at(const char* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

std::uint64_t half_at(const char* bytes) noexcept {
  std::uint32_t half = 0;
  std::memcpy(&half, bytes, sizeof half);
  return half;
}

std::uint64_t tagged(Cell::Type type, std::uint64_t word, const HashSeed& seed) noexcept {
  return hash_mix(static_cast<std::uint64_t>(type) * hash_detail::second ^ seed.first,
                  word ^ seed.second);
}

}  // namespace

HashSeed random_hash_seed() {
  std::random_device device;
  const auto word = [&device] {
    const std::uint64_t upper = device();
    return upper << 32U ^ device();
  };
  return {word(), word()};
}

// What is multiplied is mixed with the seed on either side: a factor that could be made zero would
// make one hash of all texts that have it.
std::uint64_t hash_bytes(std::string_view bytes, const HashSeed& seed) noexcept {
  std::uint64_t hash = seed.second;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left > 16; left -= 16, at += 16) {
    hash = hash_mix(word_at(at) ^ seed.first, word_at(at + 8) ^ hash);
  }
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (left >= 8) {  // The two words overlap when there are less than 16 bytes.
    low = word_at(at);
    high = word_at(at + left - 8);
  } else if (left >= 4) {
    low = half_at(at);
    high = half_at(at + left - 4);
  } else if (left > 0) {
    const auto byte = [at](std::size_t i) {
      return std::uint64_t{static_cast<unsigned char>(at[i])};
    };
    low = byte(0) << 16U | byte(left / 2) << 8U | byte(left - 1);
  }
  hash = hash_mix(low ^ seed.first, high ^ hash);
  return hash_mix(hash ^ seed.second, bytes.size() ^ hash_detail::third);
}

std::uint64_t hash_key(const Cell& cell, const HashSeed& seed) noexcept {
  switch (cell.type()) {
    case Cell::Type::missing:
    case Cell::Type::null:
      break;
    case Cell::Type::boolean:
      return tagged(cell.type(), cell.boolean() ? 1 : 0, seed);
    case Cell::Type::integer:
      return tagged(cell.type(), static_cast<std::uint64_t>(cell.integer()), seed);
    case Cell::Type::real:
      return tagged(cell.type(), std::bit_cast<std::uint64_t>(cell.real()), seed);
    case Cell::Type::decimal:
    case Cell::Type::text:
    case Cell::Type::json:
      return tagged(cell.type(), hash_bytes(cell.text(), seed), seed);
    case Cell::Type::timestamp:
      return hash_more(
          tagged(cell.type(), static_cast<std::uint64_t>(cell.timestamp().seconds), seed),
          cell.timestamp().nanoseconds);
    case Cell::Type::duration:
      return hash_more(
          tagged(cell.type(), static_cast<std::uint64_t>(cell.duration().seconds), seed),
          cell.duration().nanoseconds);
  }
  return tagged(cell.type(), 0, seed);
}

std::uint64_t uniform_hash(const Cell& cell) noexcept {
  // A product alone maps a row of integers to points at equal distances.
  const std::uint64_t once = hash_key(cell, {});
  return hash_mix(once ^ hash_detail::second, hash_detail::fourth);
}

bool same_key(const Cell& a, const Cell& b) noexcept {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Cell::Type::missing:
    case Cell::Type::null:
      return true;
    case Cell::Type::boolean:
      return a.boolean() == b.boolean();
    case Cell::Type::integer:
      return a.integer() == b.integer();
    case Cell::Type::real:
      return std::bit_cast<std::uint64_t>(a.real()) == std::bit_cast<std::uint64_t>(b.real());
    case Cell::Type::decimal:
    case Cell::Type::text:
    case Cell::Type::json:
      return a.text() == b.text();
    case Cell::Type::timestamp:
      return a.timestamp() == b.timestamp();
    case Cell::Type::duration:
      return a.duration() == b.duration();
  }
  return false;
}

}  // namespace sluice
