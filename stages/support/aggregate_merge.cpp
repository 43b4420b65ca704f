#include "stages/support/aggregate_merge.h"

#include <algorithm>
#include <string>

namespace sluice {

Error AggregateMerge::too_many() const {
  Error error;
  error.code = ErrorCode::limit;
  error.message = "more than " + std::to_string(spec_->max_groups) +
                  " groups (max_groups); with `overflow: spill` they go to disk";
  return error;
}

Status AggregateMerge::make_room(std::unique_ptr<AggregateState>& state, std::size_t most) {
  if (state->groups() <= most) return Done{};
  if (overflow_ == Overflow::fail) return too_many();
  if (Status status = spilled_.add(*state); !status) return status;
  state = empty();
  return Done{};
}

std::shared_ptr<AggregateMerge::Share> AggregateMerge::make_share() {
  auto share = std::make_shared<Share>();
  share->state = empty();
  const std::lock_guard lock(mutex_);
  return shares_.emplace_back(std::move(share));
}

Status AggregateMerge::settle(Share& share) {
  if (overflow_ == Overflow::fail) return make_room(share.state, spec_->max_groups);
  std::size_t shares = 1;
  {
    const std::lock_guard lock(mutex_);
    shares = shares_.size();
  }
  return make_room(share.state, std::max<std::size_t>(1, spec_->max_groups / shares));
}

void AggregateMerge::hand_in(OrderKey batch, std::unique_ptr<AggregateState> state) {
  const std::lock_guard lock(mutex_);
  batches_.insert_or_assign({batch.unit, batch.index}, std::move(state));
}

Result<std::uint64_t> AggregateMerge::merge(OrderKey batch) {
  std::unique_ptr<AggregateState> state;
  {
    const std::lock_guard lock(mutex_);
    const auto found = batches_.find({batch.unit, batch.index});
    if (found == batches_.end()) return std::uint64_t{0};
    state = std::move(found->second);
    batches_.erase(found);
  }
  if (!clock_) clock_.emplace(*spec_->window());
  if (!all_) all_ = empty();
  const WindowTally& tally = state->tally();
  std::uint64_t late = tally.late();
  for (const auto& [start, records] : tally.records()) {
    if (clock_->is_closed(start)) {
      late += records;
    } else if (!first_open_ || start < *first_open_) {
      first_open_ = start;
    }
  }
  all_->merge(*state, [this](AggregateState::Key key) {
    return !clock_->is_closed(key.front().timestamp());
  });
  if (tally.newest()) clock_->advance(*tally.newest());
  return late;
}

Result<bool> AggregateMerge::begin_closed() {
  if (!first_open_ || !clock_->is_closed(*first_open_)) {
    if (!all_) return false;
    Status status = make_room(all_, spec_->max_groups);
    if (!status) return std::move(status).error();
    return false;
  }
  wants_ = [this](AggregateState::Key key) { return clock_->is_closed(key.front().timestamp()); };
  gives_spilled_ = !spilled_.empty();
  if (gives_spilled_) {
    if (Status status = spilled_.add(*all_); !status) return std::move(status).error();
    all_ = empty();
    return true;
  }
  auto closed = empty();
  auto open = empty();
  closed->merge(*all_, wants_);
  open->merge(*all_, [this](AggregateState::Key key) { return !wants_(key); });
  all_ = std::move(open);
  ready_ = std::move(closed);
  first_open_.reset();
  for (std::uint32_t group = 0; group < all_->groups(); ++group) {
    const Timestamp start = all_->key(group).front().timestamp();
    if (!first_open_ || start < *first_open_) first_open_ = start;
  }
  if (Status status = make_room(all_, spec_->max_groups); !status) return std::move(status).error();
  return true;
}

Status AggregateMerge::begin_all() {
  if (!all_) all_ = empty();
  wants_ = [](AggregateState::Key) { return true; };
  for (const auto& share : shares_) {
    if (overflow_ == Overflow::spill &&
        (!spilled_.empty() || all_->groups() + share->state->groups() > spec_->max_groups)) {
      if (Status status = spilled_.add(*share->state); !status) return status;
    } else {
      all_->merge(*share->state);
      if (all_->groups() > spec_->max_groups) return too_many();
    }
    share->state.reset();
  }
  if (spec_->keys.empty()) all_->add_empty_group();
  gives_spilled_ = !spilled_.empty();
  if (!gives_spilled_) {
    ready_ = std::move(all_);
    return Done{};
  }
  Status status = spilled_.add(*all_);
  all_.reset();
  return status;
}

Result<std::shared_ptr<const AggregateState>> AggregateMerge::next() {
  if (!gives_spilled_) return std::exchange(ready_, nullptr);
  Result<std::unique_ptr<AggregateState>> block = spilled_.next(wants_);
  if (!block) return std::move(block).error();
  std::shared_ptr<const AggregateState> groups;
  if (block.value()->groups() > 0) {
    groups = std::move(block).value();
  } else if (const auto left = spilled_.first_key(); spec_->closes_windows()) {
    first_open_.reset();
    if (!left.empty()) first_open_ = left.front().timestamp();
  }
  return groups;
}

}  // namespace sluice
