// How many different values there were: exactly up to a bound, and estimated beyond it.
//
// Up to `exact_values` the hashes of the values are kept (two of 4096 values have the same one with
// a probability below 1e-12). Beyond, only 2^14 registers of a HyperLogLog sketch over 64-bit
// hashes (Flajolet et al., 2007; Heule et al., "HyperLogLog in Practice", 2013, whose tables
// against bias are replaced by the estimator of Ertl, "New cardinality estimation algorithms for
// HyperLogLog sketches", 2017, section 4): its standard error is 0.81 %.
//
// Either way the state depends on which values there were only, not on their order, nor on how they
// were split over sketches that were merged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stages/support/state_bytes.h"

namespace sluice {

/// At most 64 KiB. One thread at a time.
class DistinctSketch {
 public:
  static constexpr std::size_t exact_values = 4096;
  static constexpr double standard_error = 0.0081;

  /// `hash` is uniform over 64 bits, the same for equal values (uniform_hash()).
  void add(std::uint64_t hash);
  void merge(const DistinctSketch& other);
  std::uint64_t estimate() const;

  void write(StateWriter& out) const;
  bool read(StateReader& in);

 private:
  static constexpr unsigned index_bits = 14;
  static constexpr std::size_t register_count = std::size_t{1} << index_bits;
  /// The largest value of a register: one more than the zeros that can be in the rest of a hash.
  static constexpr unsigned highest_rank = 64 - index_bits + 1;

  bool is_exact() const noexcept { return registers_.empty(); }
  void add_exact(std::uint64_t hash);
  void add_to_registers(std::uint64_t hash) noexcept;
  void grow();
  void give_up_exactness();

  std::vector<std::uint64_t> hashes_;  ///< Open addressing, 0: free. A power of two.
  std::size_t count_ = 0;              ///< Hashes in it.
  bool has_zero_ = false;              ///< The hash 0 was there.
  std::vector<std::uint8_t> registers_;
};

}  // namespace sluice
