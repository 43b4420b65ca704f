#include "stages/support/distinct_sketch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t first_slots = 8;

/// Ertl's sigma: x + sum of x^(2^k) 2^(k-1), which corrects for registers that are empty.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double sum = x;
  double before = 0;
  for (double weight = 1; sum != before; weight += weight) {
    x *= x;
    before = sum;
    sum += x * weight;
  }
  return sum;
}

/// Ertl's tau, which corrects for registers that are full.
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double sum = 1 - x;
  double before = 0;
  for (double weight = 0.5; sum != before; weight *= 0.5) {
    x = std::sqrt(x);
    before = sum;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

}  // namespace

void DistinctSketch::add(std::uint64_t hash) {
  if (is_exact()) {
    add_exact(hash);
  } else {
    add_to_registers(hash);
  }
}

void DistinctSketch::add_exact(std::uint64_t hash) {
  if (hash == 0) {
    if (!std::exchange(has_zero_, true)) ++count_;
  } else {
    if (hashes_.empty()) hashes_.resize(first_slots);
    const std::size_t mask = hashes_.size() - 1;
    std::size_t slot = hash & mask;
    while (hashes_[slot] != 0 && hashes_[slot] != hash) slot = (slot + 1) & mask;
    if (hashes_[slot] == hash) return;
    hashes_[slot] = hash;
    ++count_;
  }
  if (count_ > exact_values) {
    give_up_exactness();
  } else if (4 * count_ > 3 * hashes_.size()) {
    grow();
  }
}

void DistinctSketch::grow() {
  std::vector<std::uint64_t> before(std::max(first_slots, 2 * hashes_.size()));
  before.swap(hashes_);
  const std::size_t mask = hashes_.size() - 1;
  for (const std::uint64_t hash : before) {
    if (hash == 0) continue;
    std::size_t slot = hash & mask;
    while (hashes_[slot] != 0) slot = (slot + 1) & mask;
    hashes_[slot] = hash;
  }
}

void DistinctSketch::give_up_exactness() {
  registers_.resize(register_count);
  for (const std::uint64_t hash : hashes_) {
    if (hash != 0) add_to_registers(hash);
  }
  if (has_zero_) add_to_registers(0);
  hashes_ = {};
  count_ = 0;
  has_zero_ = false;
}

void DistinctSketch::add_to_registers(std::uint64_t hash) noexcept {
  // The upper bits choose the register; the zeros that the others begin with count.
  std::uint8_t& best = registers_[hash >> (64 - index_bits)];
  const auto zeros = static_cast<unsigned>(std::countl_zero(hash << index_bits));
  best = std::max(best, static_cast<std::uint8_t>(std::min(zeros + 1, highest_rank)));
}

void DistinctSketch::merge(const DistinctSketch& other) {
  if (other.is_exact()) {
    for (const std::uint64_t hash : other.hashes_) {
      if (hash != 0) add(hash);
    }
    if (other.has_zero_) add(0);
    return;
  }
  if (is_exact()) give_up_exactness();
  for (std::size_t i = 0; i < register_count; ++i) {
    registers_[i] = std::max(registers_[i], other.registers_[i]);
  }
}

std::uint64_t DistinctSketch::estimate() const {
  if (is_exact()) return count_;
  std::array<std::uint32_t, highest_rank + 1> ranks{};
  for (const std::uint8_t rank : registers_) ++ranks[rank];
  const auto size = static_cast<double>(register_count);
  double sum = size * tau(1 - ranks[highest_rank] / size);
  for (unsigned rank = highest_rank - 1; rank >= 1; --rank) sum = 0.5 * (sum + ranks[rank]);
  sum += size * sigma(ranks[0] / size);
  const double alpha = 1 / (2 * std::log(2.0));
  const double estimate = std::round(alpha * size * size / sum);
  // There were more than are counted exactly, and a sum may be of nothing only when it is made up.
  if (!(estimate > static_cast<double>(exact_values))) return exact_values + 1;
  return estimate < 0x1p63 ? static_cast<std::uint64_t>(estimate) : std::uint64_t{1} << 63U;
}

void DistinctSketch::write(StateWriter& out) const {
  out.number(static_cast<std::uint8_t>(is_exact() ? 1 : 0));
  if (!is_exact()) {
    for (const std::uint8_t rank : registers_) out.number(rank);
    return;
  }
  std::vector<std::uint64_t> sorted;
  for (const std::uint64_t hash : hashes_) {
    if (hash != 0) sorted.push_back(hash);
  }
  if (has_zero_) sorted.push_back(0);
  std::sort(sorted.begin(), sorted.end());
  out.number(static_cast<std::uint32_t>(sorted.size()));
  for (const std::uint64_t hash : sorted) out.number(hash);
}

bool DistinctSketch::read(StateReader& in) {
  *this = {};
  const bool exact = in.number<std::uint8_t>() != 0;
  if (exact) {
    const std::size_t count = in.count(sizeof(std::uint64_t));
    if (count > exact_values) return in.fail();
    for (std::size_t i = 0; i < count; ++i) add(in.number<std::uint64_t>());
    return in.ok() && (count_ == count || in.fail());
  }
  if (in.left() < register_count) return in.fail();
  registers_.resize(register_count);
  for (std::uint8_t& rank : registers_) {
    rank = in.number<std::uint8_t>();
    if (rank > highest_rank) return in.fail();
  }
  return in.ok();
}

}  // namespace sluice
