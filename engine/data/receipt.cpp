#include "engine/data/receipt.h"

#include <memory>

namespace sluice {

void Receipt::drop_reference() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const std::unique_ptr<Receipt> self(this);
  tracker_.settle(sequence_, lost_.load(std::memory_order_relaxed));
}

ReceiptPtr CommitTracker::issue() {
  std::uint64_t sequence = 0;
  {
    const std::lock_guard lock(mutex_);
    sequence = issued_++;
  }
  return ReceiptPtr::adopt(std::unique_ptr<Receipt>(new Receipt(*this, sequence)).release());
}

void CommitTracker::settle(std::uint64_t sequence, bool lost) {
  const std::lock_guard lock(mutex_);
  ++settled_;
  ahead_.emplace(sequence, lost);
  for (auto next = ahead_.begin();
       next != ahead_.end() && next->first == watermark_ && !next->second;
       next = ahead_.erase(next)) {
    ++watermark_;
  }
}

std::uint64_t CommitTracker::issued() const {
  const std::lock_guard lock(mutex_);
  return issued_;
}

std::uint64_t CommitTracker::settled() const {
  const std::lock_guard lock(mutex_);
  return settled_;
}

std::uint64_t CommitTracker::watermark() const {
  const std::lock_guard lock(mutex_);
  return watermark_;
}

}  // namespace sluice
