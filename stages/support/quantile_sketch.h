// Quantiles within one percent: DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable
// quantile sketch with relative-error guarantees", 2019).
//
// Values are counted in buckets whose borders are powers of 1.01/0.99, so that the middle of a
// bucket is within 1 % of every value in it. At most `most_buckets` of them are kept for either
// sign: where values span more than 10^35 times the smallest, those nearest to zero fall into one.
// The state depends on the values only, not on their order, nor on how they were split.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stages/support/state_bytes.h"

namespace sluice {

/// At most 64 KiB, usually some hundred bytes to a few KiB. One thread at a time.
class QuantileSketch {
 public:
  static constexpr double relative_error = 0.01;
  static constexpr std::size_t most_buckets = 4096;

  /// A NaN is none of the values.
  void add(double value);
  void merge(const QuantileSketch& other);

  std::uint64_t count() const noexcept { return count_; }
  /// The value that `q` * (count() - 1), rounded down, of the values are below or equal to, within
  /// relative_error; exact for the smallest and the largest. REQUIRES: count() > 0; q in [0, 1].
  double quantile(double q) const;

  void write(StateWriter& out) const;
  bool read(StateReader& in);

 private:
  /// Counts by bucket, from number `first` on.
  class Buckets {
   public:
    void add(std::int32_t bucket, std::uint64_t count);
    void merge(const Buckets& other);
    std::uint64_t total() const noexcept { return total_; }
    /// The bucket with value number `rank`, counted from the smallest. REQUIRES: rank < total().
    std::int32_t at(std::uint64_t rank) const noexcept;
    void write(StateWriter& out) const;
    bool read(StateReader& in);

   private:
    void make_room(std::int32_t low, std::int32_t high);

    std::int32_t first_ = 0;
    std::uint64_t total_ = 0;
    std::vector<std::uint64_t> counts_;  ///< Neither the first nor the last is zero.
  };

  std::uint64_t count_ = 0;
  std::uint64_t zeros_ = 0;
  std::uint64_t infinities_ = 0;  ///< Positive ones.
  std::uint64_t negative_infinities_ = 0;
  double smallest_ = 0;
  double largest_ = 0;
  Buckets positive_;
  Buckets negative_;  ///< By the value without its sign.
};

}  // namespace sluice
