// From what the parallel instances of an aggregate know to its results: all states in one, in
// memory or, where they are too many, on disk; and which windows are closed.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "engine/data/origin.h"
#include "engine/stage/option.h"
#include "stages/support/aggregate_spill.h"
#include "stages/support/aggregate_state.h"
#include "stages/support/time_window.h"

namespace sluice {

/// What becomes of an aggregate that has more than max_groups groups.
enum class Overflow : std::uint8_t {
  fail,
  spill,  ///< Those in memory go to disk.
};

template <>
struct EnumNames<Overflow> {
  static constexpr std::array<std::pair<std::string_view, Overflow>, 2> names{
      {{"fail", Overflow::fail}, {"spill", Overflow::spill}}};
};

/// All states of one aggregate. The first half is for its parallel instances, from any thread; the
/// second one for who merges them, one thread at a time.
class AggregateMerge {
 public:
  AggregateMerge(std::shared_ptr<const AggregateSpec> spec, Overflow overflow, Io& io)
      : spec_(std::move(spec)), overflow_(overflow), spilled_(spec_, io) {}

  /// What one instance knows. It alone changes it until the merge.
  struct Share {
    std::unique_ptr<AggregateState> state;
  };
  std::shared_ptr<Share> make_share();
  /// To be called now and then: sees to it that a share does not have too many groups.
  Status settle(Share& share);

  /// Hands in the state of one batch, where windows close; whoever merges takes it in when it is
  /// the batch's turn.
  void hand_in(OrderKey batch, std::unique_ptr<AggregateState> state);

  /// Takes in what was handed in for `batch`, if anything. Answers how many of its records come too
  /// late for their windows. Batches come in their order.
  Result<std::uint64_t> merge(OrderKey batch);
  /// True when windows are closed that next() has not given: begins to give them. To be asked after
  /// each merge(), and then next() until there are no more.
  Result<bool> begin_closed();
  /// Nothing more will come: begins to give all groups that are left.
  Status begin_all();
  /// Some further groups of those, which follow on those before in the order of keys; null: there
  /// are no more.
  Result<std::shared_ptr<const AggregateState>> next();

 private:
  Error too_many() const;
  Status make_room(std::unique_ptr<AggregateState>& state, std::size_t most);
  std::unique_ptr<AggregateState> empty() const { return std::make_unique<AggregateState>(spec_); }

  std::shared_ptr<const AggregateSpec> spec_;
  Overflow overflow_;
  SpilledGroups spilled_;

  std::mutex mutex_;
  std::vector<std::shared_ptr<Share>> shares_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::unique_ptr<AggregateState>> batches_;

  // Of the merge.
  std::unique_ptr<AggregateState> all_;
  std::optional<WindowClock> clock_;
  std::optional<Timestamp> first_open_;  ///< Start of the first window that may have groups.
  SpilledGroups::Wants wants_;           ///< What next() gives of spilled_.
  bool gives_spilled_ = false;
  std::shared_ptr<const AggregateState> ready_;
};

}  // namespace sluice
