// Which data of a source has been dealt with: the commit watermark that acknowledgement and resume
// stand on. Each batch of a source carries a receipt; batches made from it (clones of a fan-out, a
// frame gathered from many) carry it on. When the last of them is gone, the receipt is settled.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

#include "engine/base/intrusive_pointer.h"

namespace sluice {

class CommitTracker;

/// Proof that one source sequence is still in flight. Shared by every batch that holds some of it.
class Receipt {
 public:
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;

  std::uint64_t sequence() const noexcept { return sequence_; }
  /// Says that some of this data will not be delivered: the run stopped, a sink failed. Filtered
  /// records are not lost. Safe from any thread.
  void mark_lost() noexcept { lost_.store(true, std::memory_order_relaxed); }

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept;

 private:
  friend class CommitTracker;
  Receipt(CommitTracker& tracker, std::uint64_t sequence) noexcept
      : tracker_(tracker), sequence_(sequence) {}

  CommitTracker& tracker_;
  std::uint64_t sequence_;
  std::atomic<std::uint32_t> references_{1};
  std::atomic<bool> lost_{false};
};

using ReceiptPtr = IntrusivePointer<Receipt>;

/// The watermark of one source. Thread-safe. Outlives its receipts.
class CommitTracker {
 public:
  /// A receipt for the next sequence, counted from 0 without gaps.
  ReceiptPtr issue();

  std::uint64_t issued() const;
  /// Receipts settled, delivered or lost.
  std::uint64_t settled() const;
  /// All sequences below it were delivered to every required end, or filtered out on the way. Stops
  /// for good at the first lost one.
  std::uint64_t watermark() const;

 private:
  friend class Receipt;
  void settle(std::uint64_t sequence, bool lost);

  mutable std::mutex mutex_;
  std::uint64_t issued_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t watermark_ = 0;
  std::map<std::uint64_t, bool> ahead_;  ///< Settled above the watermark; true: lost.
};

}  // namespace sluice
