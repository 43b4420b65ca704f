#include "engine/run/overflow_node.h"

#include <array>
#include <utility>

#include "engine/run/batch_lease.h"

namespace sluice {
namespace {

constexpr std::array<std::pair<std::string_view, WhenFull>, 3> policies{
    {{"block", WhenFull::block},
     {"drop_newest", WhenFull::drop_newest},
     {"drop_oldest", WhenFull::drop_oldest}}};

}  // namespace

std::string_view name_of(WhenFull policy) noexcept {
  for (const auto& [name, value] : policies) {
    if (value == policy) return name;
  }
  return "unknown";
}

std::optional<WhenFull> parse_when_full(std::string_view text) noexcept {
  for (const auto& [name, value] : policies) {
    if (name == text) return value;
  }
  return std::nullopt;
}

OverflowNode::OverflowNode(const RunServices& services, std::string name, WhenFull policy,
                           std::size_t room, DropMeter& dropped)
    : OrderNode(services, std::move(name)),
      dropped_(dropped),
      most_below_(policy == WhenFull::drop_oldest ? (room + 1) / 2 : room),
      most_waiting_(room - most_below_) {}

void OverflowNode::on_next(BatchPtr batch) {
  if (batch->end_of_stream()) {
    // Nothing follows, so nothing is to be kept free.
    while (!waiting_.empty()) {
      pass(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    waiting_count_.store(0);
    pass(std::move(batch));
    return;
  }
  waiting_.push_back(std::move(batch));
  waiting_count_.store(waiting_.size());
  // Behind the store: whoever comes home from now on sees that something waits.
  pass_waiting();
  if (waiting_.size() <= most_waiting_) return;
  // Without a place to wait, the oldest that waits is the newest.
  dropped_.count(*waiting_.front());
  waiting_.pop_front();
  waiting_count_.store(waiting_.size());
}

void OverflowNode::pass_waiting() {
  while (!waiting_.empty() && below_.load() < most_below_) {
    BatchPtr next = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_count_.store(waiting_.size());
    pass(std::move(next));
  }
}

void OverflowNode::pass(BatchPtr batch) {
  below_.fetch_add(1);
  add_lease(*batch, [this] { came_home(); });
  const OrderKey key{sequence_++, 0, true};
  batch->set_keys({&key, 1});
  emit(std::move(batch));
}

void OverflowNode::came_home() noexcept {
  below_.fetch_sub(1);
  // A run that is given up is cleared by others, while nobody is in the node.
  if (waiting_count_.load() > 0 && !services_.state.stopped()) services_.graph.wake(id());
}

void OverflowNode::clear(LetGo why) {
  OrderNode::clear(why);
  for (const BatchPtr& batch : waiting_) {
    if (why == LetGo::lost) {
      batch->mark_lost();
    } else {
      count_unwanted(*batch);
    }
  }
  waiting_count_.store(0);
  waiting_.clear();
}

Node::Backlog OverflowNode::backlog() const { return {waiting_count_.load(), 0}; }

}  // namespace sluice
