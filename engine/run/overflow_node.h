// Stands in front of a branch of a fan-out that must never hold up the others: what the branch has
// no room for is dropped, for this branch alone, and counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/run/meter.h"
#include "engine/run/order_node.h"

namespace sluice {

/// What becomes of a batch when those who read it have no room for it.
enum class WhenFull : std::uint8_t {
  block,        ///< It is under way all the same; its token keeps the source waiting.
  drop_newest,  ///< It is dropped.
  drop_oldest,  ///< It waits, and the one that has waited longest is dropped.
};
std::string_view name_of(WhenFull policy) noexcept;
std::optional<WhenFull> parse_when_full(std::string_view text) noexcept;

/// Serial, in order. A batch counts as under way below until it and its clones are gone, so also
/// while a gather or an expander has not come to it; their outputs have tokens of their own. What
/// passes is numbered anew, since nobody below can wait for what was dropped. A dropped batch is
/// not lost for a commit: its branch was never required. The mark of the end is always passed on.
class OverflowNode final : public OrderNode {
 public:
  /// With less, nothing could wait behind a batch that is under way.
  static constexpr std::size_t least_room = 2;

  /// At most `room` batches are under way below or wait here. `dropped` outlives the node, which
  /// outlives every batch that it passed on.
  OverflowNode(const RunServices& services, std::string name, WhenFull policy, std::size_t room,
               DropMeter& dropped);

  void clear(LetGo why) override;
  std::size_t held() const override { return OrderNode::held() + waiting_.size(); }
  Backlog backlog() const override;

 protected:
  void on_next(BatchPtr batch) override;
  /// A batch below is gone.
  void on_token() override { pass_waiting(); }

 private:
  void pass(BatchPtr batch);
  void pass_waiting();
  /// Called by the last of a batch and its clones, on whatever thread.
  void came_home() noexcept;

  DropMeter& dropped_;
  std::size_t most_below_;    ///< Batches under way below.
  std::size_t most_waiting_;  ///< Batches that wait here.
  std::uint64_t sequence_ = 0;
  std::deque<BatchPtr> waiting_;
  std::atomic<std::size_t> below_{0};
  std::atomic<std::size_t> waiting_count_{0};  ///< Of waiting_, for other threads.
};

}  // namespace sluice
