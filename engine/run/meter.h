// What the engine counts around the calls of a stage. The engine counts, stages do not.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "engine/base/clock.h"
#include "engine/data/batch.h"

namespace sluice {

/// Durations in buckets, four to an octave: quantiles at most 25 % too high. Thread-safe.
class DurationHistogram {
 public:
  void add(std::int64_t ns) noexcept;
  /// The upper border of the bucket that holds quantile `q` (0..1), in ns; 0 without data.
  std::int64_t quantile(double q) const noexcept;

 private:
  static constexpr unsigned steps = 4;
  std::array<std::atomic<std::uint64_t>, 64 * steps> buckets_{};
};

/// Counters of one part of a stage. Written with relaxed atomics once per batch.
struct alignas(64) PartMeter {
  std::atomic<std::uint64_t> batches{0};
  std::atomic<std::uint64_t> records_in{0};
  std::atomic<std::uint64_t> records_out{0};
  std::atomic<std::uint64_t> bytes_in{0};
  std::atomic<std::uint64_t> bytes_out{0};
  std::atomic<std::uint64_t> records_discarded{0};  ///< Let go since nobody below wanted more.
  std::atomic<std::int64_t> busy_ns{0};
  /// Its calls may wait for somebody else, so they have a thread of their own; busy_ns counts
  /// waits.
  std::atomic<bool> has_thread{false};
  DurationHistogram latency;

  void count_in(std::uint64_t records, std::uint64_t bytes) noexcept {
    batches.fetch_add(1, std::memory_order_relaxed);
    records_in.fetch_add(records, std::memory_order_relaxed);
    bytes_in.fetch_add(bytes, std::memory_order_relaxed);
  }
  void count_out(std::uint64_t records, std::uint64_t bytes) noexcept {
    records_out.fetch_add(records, std::memory_order_relaxed);
    bytes_out.fetch_add(bytes, std::memory_order_relaxed);
  }
  void count_discarded(std::uint64_t records) noexcept {
    records_discarded.fetch_add(records, std::memory_order_relaxed);
  }
  void count_in(const Batch& batch) noexcept { count_in(batch.record_count(), batch.byte_count()); }
  void count_out(const Batch& batch) noexcept {
    count_out(batch.record_count(), batch.byte_count());
  }
  /// For a batch that nobody wants: it came in, and that was all.
  void count_unwanted(const Batch& batch) noexcept {
    count_in(batch);
    count_discarded(batch.record_count());
  }
};

/// Counters of the batches that an overflow in front of a stage dropped.
struct DropMeter {
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> bytes{0};

  void count(const Batch& batch) noexcept {
    records.fetch_add(batch.record_count(), std::memory_order_relaxed);
    bytes.fetch_add(batch.byte_count(), std::memory_order_relaxed);
  }
};

/// Adds the time between its construction and its end to a part's busy time.
class BusyTimer {
 public:
  BusyTimer(PartMeter& meter, const Clock& clock) noexcept
      : meter_(meter), clock_(clock), start_ns_(clock.steady_ns()) {}
  BusyTimer(const BusyTimer&) = delete;
  BusyTimer& operator=(const BusyTimer&) = delete;
  ~BusyTimer() {
    const std::int64_t spent = clock_.steady_ns() - start_ns_;
    meter_.busy_ns.fetch_add(spent, std::memory_order_relaxed);
    meter_.latency.add(spent);
  }

 private:
  PartMeter& meter_;
  const Clock& clock_;
  std::int64_t start_ns_;
};

}  // namespace sluice
