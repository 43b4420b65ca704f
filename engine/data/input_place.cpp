#include "engine/data/input_place.h"

namespace sluice {

std::shared_ptr<InputPlace> LineLedger::next() {
  auto place = std::make_shared<InputPlace>();
  const std::lock_guard lock(mutex_);
  place->number_ = first_pending_ + pending_.size();
  if (pending_.empty()) place->first_line_.store(next_line_, std::memory_order_release);
  pending_.push_back({place, std::nullopt});
  return place;
}

void LineLedger::framed(const InputPlace& place, std::uint64_t lines) {
  const std::lock_guard lock(mutex_);
  pending_[place.number_ - first_pending_].lines = lines;
  while (!pending_.empty() && pending_.front().lines) {
    next_line_ += *pending_.front().lines;
    pending_.pop_front();
    ++first_pending_;
    if (pending_.empty()) break;
    const auto next = pending_.front().place.lock();
    if (next != nullptr) next->first_line_.store(next_line_, std::memory_order_release);
  }
}

}  // namespace sluice
