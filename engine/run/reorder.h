// Puts batches back into the order of their keys. TBB's sequencer_node is not used: it allocates by
// number, not by count, and knows one level of keys only.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "engine/data/batch.h"

namespace sluice {

/// Used by one thread at a time. Holds at most as many batches as there are tokens above it.
class Reorder {
 public:
  void put(BatchPtr batch) {
    const OrderKey key = batch->key();
    waiting_.emplace(std::pair{key.unit, key.index}, std::move(batch));
  }

  /// The next batch in order, or null if it has not arrived.
  BatchPtr take() {
    if (!ready()) return {};
    const auto first = waiting_.begin();
    BatchPtr batch = std::move(first->second);
    waiting_.erase(first);
    if (batch->key().last) {
      ++unit_;
      index_ = 0;
    } else {
      ++index_;
    }
    return batch;
  }

  /// True when take() would find one.
  bool ready() const {
    return !waiting_.empty() && waiting_.begin()->first == std::pair{unit_, index_};
  }
  std::size_t waiting() const noexcept { return waiting_.size(); }
  /// Lets go of everything, after visit(Batch&) of each.
  template <class Visit>
  void clear(Visit visit) {
    for (auto& [key, batch] : waiting_) visit(*batch);
    waiting_.clear();
  }

 private:
  std::uint64_t unit_ = 0;
  std::uint32_t index_ = 0;
  std::map<std::pair<std::uint64_t, std::uint32_t>, BatchPtr> waiting_;
};

}  // namespace sluice
