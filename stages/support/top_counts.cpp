#include "stages/support/top_counts.h"

#include <algorithm>
#include <utility>

#include "engine/data/compare.h"

namespace sluice {

void TopCounts::add(std::span<const Cell* const> columns, std::span<const std::uint32_t> rows) {
  groups_.clear();
  table_.find_or_add(columns, rows, groups_);
  counts_.resize(table_.size(), floor_);
  errors_.resize(table_.size(), floor_);
  for (const std::uint32_t group : groups_) ++counts_[group];
  if (overflow_ == Overflow::approximate && table_.size() >= 2 * kept_) thin();
}

void TopCounts::merge(const TopCounts& other) {
  const std::size_t before = table_.size();
  std::vector<bool> is_shared(before, false);
  for (std::uint32_t theirs = 0; theirs < other.table_.size(); ++theirs) {
    const std::uint32_t ours = table_.find_or_add(other.key(theirs));
    if (ours >= counts_.size()) {
      counts_.push_back(floor_);
      errors_.push_back(floor_);
    } else if (ours < before) {
      is_shared[ours] = true;
    }
    counts_[ours] += other.counts_[theirs];
    errors_[ours] += other.errors_[theirs];
  }
  // What the other one does not have it may have had.
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
  std::vector<Entry> entries;
  entries.reserve(table_.size());
  for (std::uint32_t group = 0; group < table_.size(); ++group) {
    entries.push_back({group, counts_[group], errors_[group]});
  }
  const auto before = [&](const Entry& a, const Entry& b) { return is_before(a, b); };
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min(most, entries.size()));
  std::nth_element(entries.begin(), end, entries.end(), before);
  entries.erase(end, entries.end());
  std::sort(entries.begin(), entries.end(), before);
  return entries;
}

void TopCounts::thin() {
  std::vector<Entry> entries;
  for (std::uint32_t group = 0; group < table_.size(); ++group) {
    entries.push_back({group, counts_[group], errors_[group]});
  }
  // Of those that are as frequent, who came first stays; looking at their keys would take long.
  std::nth_element(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(kept_),
                   entries.end(), [](const Entry& a, const Entry& b) {
                     return a.count != b.count ? a.count > b.count : a.group < b.group;
                   });
  GroupTable table(key_cells_);
  std::vector<std::uint64_t> counts;
  std::vector<std::uint64_t> errors;
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
