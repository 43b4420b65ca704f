#include "engine/data/input_place.h"

namespace sluice {

std::shared_ptr<InputPlace> InputLedger::next(bool from_start) {
  auto place = std::make_shared<InputPlace>();
  const std::lock_guard lock(mutex_);
  place->number_ = first_pending_ + pending_.size();
  pending_.push_back({place, from_start, std::nullopt});
  if (pending_.size() == 1) tell();
  return place;
}

void InputLedger::framed(const InputPlace& place, std::uint64_t lines,
                         std::optional<std::uint64_t> content) {
  const std::lock_guard lock(mutex_);
  pending_[place.number_ - first_pending_].framed = Framed{lines, content};
  while (!pending_.empty() && pending_.front().framed) {
    const Framed& front = *pending_.front().framed;
    if (next_line_ != 0) next_line_ += front.lines;
    if (in_front_)
      in_front_ = front.content ? std::optional(*in_front_ + *front.content) : std::nullopt;
    pending_.pop_front();
    ++first_pending_;
    if (!pending_.empty()) tell();
  }
}

void InputLedger::tell() {
  const Pending& front = pending_.front();
  if (front.from_start) in_front_ = 0;
  const auto place = front.place.lock();
  if (place == nullptr) return;
  place->first_line_.store(next_line_, std::memory_order_release);
  if (in_front_) place->in_front_of_part_.store(*in_front_, std::memory_order_release);
}

}  // namespace sluice
