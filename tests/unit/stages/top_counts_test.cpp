#include "stages/support/top_counts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <random>
#include <vector>

namespace sluice {
namespace {

using Overflow = TopCounts::Overflow;

void count(TopCounts& counts, const std::vector<std::int64_t>& values) {
  std::vector<Cell> cells;
  for (const std::int64_t value : values) cells.push_back(Cell::integer(value));
  std::vector<std::uint32_t> rows(cells.size());
  std::iota(rows.begin(), rows.end(), 0U);
  const Cell* column = cells.data();
  counts.add({&column, 1}, rows);
}

/// Some values are frequent, the most are not.
std::vector<std::int64_t> skewed(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < count; ++i) {
    const auto rare = static_cast<std::int64_t>(1000 + random() % 20'000);
    values.push_back(random() % 3 == 0 ? rare : static_cast<std::int64_t>(random() % 30));
  }
  return values;
}

std::map<std::int64_t, std::uint64_t> truth(const std::vector<std::int64_t>& values) {
  std::map<std::int64_t, std::uint64_t> counts;
  for (const std::int64_t value : values) ++counts[value];
  return counts;
}

TEST(TopCounts, AreExactAndOrdered) {
  TopCounts counts(1, 10, Overflow::fail);
  count(counts, {5, 7, 7, 3, 9, 9, 5, 9});
  ASSERT_FALSE(counts.has_too_many());
  const auto top = counts.largest(3);
  ASSERT_EQ(top.size(), 3U);
  EXPECT_EQ(counts.key(top[0].group).front().integer(), 9);
  EXPECT_EQ(top[0].count, 3U);
  EXPECT_EQ(counts.key(top[1].group).front().integer(), 5);
  EXPECT_EQ(counts.key(top[2].group).front().integer(), 7);
  EXPECT_EQ(counts.largest(99).size(), 4U);
}

TEST(TopCounts, SayThatThereAreTooMany) {
  TopCounts counts(1, 3, Overflow::fail);
  count(counts, {1, 2, 3});
  EXPECT_FALSE(counts.has_too_many());
  TopCounts others(1, 3, Overflow::fail);
  count(others, {3, 4});
  counts.merge(others);
  EXPECT_TRUE(counts.has_too_many());
}

TEST(TopCounts, ApproximateCountsStayWithinTheirErrors) {
  constexpr std::size_t kept = 64;
  for (const std::size_t parts : {1U, 2U, 5U}) {
    std::vector<std::int64_t> all;
    std::vector<TopCounts> counts;
    for (unsigned part = 0; part < parts; ++part) {
      counts.emplace_back(1, kept, Overflow::approximate);
      for (unsigned batch = 0; batch < 40; ++batch) {
        const std::vector<std::int64_t> values = skewed(500, 100 * part + batch);
        all.insert(all.end(), values.begin(), values.end());
        count(counts.back(), values);
      }
    }
    for (std::size_t part = 1; part < parts; ++part) counts.front().merge(counts[part]);
    const auto exact = truth(all);
    const std::uint64_t bound = all.size() / (kept + 1);
    EXPECT_GT(counts.front().floor(), 0U);
    EXPECT_LE(counts.front().floor(), bound);
    std::map<std::int64_t, bool> is_there;
    for (const TopCounts::Entry& entry : counts.front().largest(1'000'000)) {
      const std::int64_t value = counts.front().key(entry.group).front().integer();
      ASSERT_GE(entry.count, exact.at(value));
      ASSERT_LE(entry.count - entry.error, exact.at(value));
      ASSERT_LE(entry.error, bound);
      is_there[value] = true;
    }
    for (const auto& [value, number] : exact) {
      ASSERT_TRUE(is_there[value] || number <= counts.front().floor()) << value;
    }
  }
}

TEST(TopCounts, MergingIsAssociativeWhereExact) {
  const std::vector<std::int64_t> one = skewed(2000, 1);
  const std::vector<std::int64_t> two = skewed(2000, 2);
  TopCounts first(1, 100'000, Overflow::approximate);
  TopCounts second(1, 100'000, Overflow::approximate);
  TopCounts whole(1, 100'000, Overflow::approximate);
  count(first, one);
  count(second, two);
  count(whole, two);
  count(whole, one);
  first.merge(second);
  const auto merged = first.largest(100'000);
  const auto wanted = whole.largest(100'000);
  ASSERT_EQ(merged.size(), wanted.size());
  for (std::size_t i = 0; i < merged.size(); ++i) {
    ASSERT_EQ(first.key(merged[i].group).front().integer(),
              whole.key(wanted[i].group).front().integer());
    ASSERT_EQ(merged[i].count, wanted[i].count);
    ASSERT_EQ(merged[i].error, 0U);
  }
}

}  // namespace
}  // namespace sluice
