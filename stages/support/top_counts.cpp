#include "stages/support/top_counts.h"

#include <algorithm>
#include <utility>

#include "engine/data/compare.h"

namespace sluice {

void TopCounts::add(std::span<const Cell* const> columns, std::span<const std::uint32_t> rows) {
  groups_.clear();
  table_.find_or_add(columns, rows, groups_);
  add_groups();
  for (const std::uint32_t group : groups_) ++counts_[group];
  if (overflow_ == Overflow::approximate && table_.size() >= 2 * kept_) thin();
}

/// Gives new keys what they may have had before.
void TopCounts::add_groups() {
  counts_.resize(table_.size(), floor_);
  if (floor_ > 0 || !errors_.empty()) errors_.resize(table_.size(), floor_);
}

void TopCounts::merge(const TopCounts& other) {
  const std::size_t before = table_.size();
  table_.find_or_add(other.table_, groups_);
  if (errors_.empty() && !other.errors_.empty()) errors_.resize(before);
  add_groups();
  for (std::uint32_t theirs = 0; theirs < other.table_.size(); ++theirs) {
    counts_[groups_[theirs]] += other.counts_[theirs];
    if (!other.errors_.empty()) errors_[groups_[theirs]] += other.errors_[theirs];
  }
  if (other.floor_ == 0) return;
  // What the other one does not have it may have had.
  std::vector<bool> is_shared(before, false);
  for (const std::uint32_t ours : groups_) {
    if (ours < before) is_shared[ours] = true;
  }
  for (std::size_t ours = 0; ours < before; ++ours) {
    if (is_shared[ours]) continue;
    counts_[ours] += other.floor_;
    errors_[ours] += other.floor_;
  }
  floor_ += other.floor_;
}

bool TopCounts::is_before(const Entry& a, const Entry& b) const {
  if (a.count != b.count) return a.count > b.count;
  const auto left = key(a.group);
  const auto right = key(b.group);
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::strong_ordering ordering = order(left[i], right[i]);
    if (ordering != std::strong_ordering::equal) return ordering < 0;
  }
  return false;
}

std::vector<TopCounts::Entry> TopCounts::largest(std::size_t most) const {
  const auto before = [&](const Entry& a, const Entry& b) { return is_before(a, b); };
  std::vector<Entry> entries;  // A heap, with the last of them in front.
  if (most == 0) return entries;
  for (std::uint32_t group = 0; group < table_.size(); ++group) {
    const Entry next = entry(group);
    if (entries.size() == most) {
      if (next.count < entries.front().count || !before(next, entries.front())) continue;
      std::pop_heap(entries.begin(), entries.end(), before);
      entries.pop_back();
    }
    entries.push_back(next);
    std::push_heap(entries.begin(), entries.end(), before);
  }
  std::sort_heap(entries.begin(), entries.end(), before);
  return entries;
}

void TopCounts::thin() {
  std::vector<Entry> entries;
  for (std::uint32_t group = 0; group < table_.size(); ++group) {
    entries.push_back(entry(group));
  }
  // Of those that are as frequent, who came first stays; looking at their keys would take long.
  std::nth_element(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(kept_),
                   entries.end(), [](const Entry& a, const Entry& b) {
                     return a.count != b.count ? a.count > b.count : a.group < b.group;
                   });
  GroupTable table(key_cells_, seed_);
  Numbers counts;
  Numbers errors;
  for (std::size_t i = 0; i < kept_; ++i) {
    table.find_or_add(key(entries[i].group));
    counts.push_back(entries[i].count);
    errors.push_back(entries[i].error);
  }
  floor_ = entries[kept_].count;
  table_ = std::move(table);
  counts_.swap(counts);
  errors_.swap(errors);
}

}  // namespace sluice
