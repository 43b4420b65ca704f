#include "stages/support/group_table.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace sluice {
namespace {

using Key = std::vector<Cell>;

TEST(GroupTable, NumbersAreEqualByTheirValue) {
  GroupTable table(1);
  const auto group = [&](Cell cell) { return table.find_or_add(Key{cell}); };
  EXPECT_EQ(group(Cell::integer(200)), 0U);
  EXPECT_EQ(group(Cell::real(200)), 0U);
  EXPECT_EQ(group(Cell::real(200.5)), 1U);
  EXPECT_EQ(group(Cell::text("200")), 2U);
  EXPECT_EQ(group(Cell::null()), 3U);
  EXPECT_EQ(group(Cell::boolean(true)), 4U);
  EXPECT_EQ(group(Cell::integer(1)), 5U);
  EXPECT_EQ(group(Cell::real(0x1p60)), 6U);
  EXPECT_EQ(group(Cell::integer(std::int64_t{1} << 60)), 6U);
  EXPECT_EQ(group(Cell::real(-0.0)), 7U);
  EXPECT_EQ(group(Cell::integer(0)), 7U);
  EXPECT_EQ(group(Cell::real(std::numeric_limits<double>::quiet_NaN())), 8U);
  EXPECT_EQ(group(Cell::real(std::numeric_limits<double>::quiet_NaN())), 8U);
  EXPECT_EQ(group(Cell::real(1e300)), 9U);
  EXPECT_EQ(table.size(), 10U);
}

TEST(GroupTable, PartsOfAKeyDoNotRunTogether) {
  GroupTable table(2);
  EXPECT_EQ(table.find_or_add(Key{Cell::text("ab"), Cell::text("c")}), 0U);
  EXPECT_EQ(table.find_or_add(Key{Cell::text("a"), Cell::text("bc")}), 1U);
  EXPECT_EQ(table.find_or_add(Key{Cell::text("c"), Cell::text("ab")}), 2U);
  EXPECT_EQ(table.find_or_add(Key{Cell::text(""), Cell::null()}), 3U);
  EXPECT_EQ(table.find_or_add(Key{Cell::null(), Cell::text("")}), 4U);
}

TEST(GroupTable, KeepsTextsOfItsOwn) {
  GroupTable table(1);
  std::string text = "a text that is gone soon";
  table.find_or_add(Key{Cell::text(text)});
  text.assign(text.size(), 'x');
  EXPECT_EQ(table.key(0).front().text(), "a text that is gone soon");
}

/// A column of many kinds of cells, small integers first, so that every way through is taken.
std::vector<Cell> mixed_cells(std::size_t count, const std::vector<std::string>& texts,
                              std::mt19937_64& random) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < count; ++i) {
    const auto kind = i < count / 4 ? 0 : random() % 5;
    const auto number = static_cast<std::int64_t>(random() % 3000) - 500;
    if (kind <= 1) cells.push_back(Cell::integer(i < count / 4 ? number % 500 + 500 : number));
    if (kind == 2) cells.push_back(Cell::real(static_cast<double>(number) / 2));
    if (kind == 3) cells.push_back(Cell::text(texts[random() % texts.size()]));
    if (kind == 4) cells.push_back(Cell::null());
  }
  return cells;
}

TEST(GroupTable, ManyRecordsAtOnceGiveWhatOneAfterTheOtherDoes) {
  std::mt19937_64 random(11);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 2000; ++i)
    texts.emplace_back(i % 40, static_cast<char>('a' + i % 26));
  for (std::size_t width = 0; width <= 3; ++width) {
    GroupTable by_column(width);
    GroupTable by_record(width);
    for (int round = 0; round < 4; ++round) {
      std::vector<std::vector<Cell>> columns;
      std::vector<const Cell*> pointers;
      for (std::size_t i = 0; i < width; ++i) columns.push_back(mixed_cells(3000, texts, random));
      for (const auto& column : columns) pointers.push_back(column.data());
      std::vector<std::uint32_t> rows;
      for (std::uint32_t row = 0; row < 3000; ++row) {
        if (random() % 4 != 0) rows.push_back(row);
      }
      std::vector<std::uint32_t> groups;
      by_column.find_or_add(pointers, rows, groups);
      ASSERT_EQ(groups.size(), rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        Key key;
        for (const auto& column : columns) key.push_back(column[rows[i]]);
        ASSERT_EQ(by_record.find_or_add(key), groups[i]) << width;
      }
    }
    EXPECT_EQ(by_column.size(), by_record.size());
  }
}

/// Against a map of the standard library.
TEST(GroupTable, FindsEveryTextAgain) {
  std::mt19937_64 random(13);
  GroupTable table(1);
  std::map<std::string, std::uint32_t> model;
  for (int i = 0; i < 50000; ++i) {
    std::string text(random() % 24, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 2);
    const auto [known, is_new] = model.emplace(text, static_cast<std::uint32_t>(model.size()));
    ASSERT_EQ(table.find_or_add(Key{Cell::text(text)}), known->second);
  }
  EXPECT_EQ(table.size(), model.size());
}

TEST(GroupTable, TakesInAllGroupsOfAnother) {
  for (const HashSeed seed : {HashSeed{}, HashSeed{5, 7}}) {
    GroupTable one(2);
    GroupTable other(2, seed);
    for (int i = 0; i < 60'000; ++i) {
      const std::string text = "text " + std::to_string(i);
      if (i % 3 != 0) one.find_or_add(Key{Cell::text(text), Cell::integer(i)});
      if (i % 2 != 0) other.find_or_add(Key{Cell::text(text), Cell::integer(i)});
    }
    const std::size_t before = one.size();
    std::vector<std::uint32_t> groups;
    one.find_or_add(other, groups);
    ASSERT_EQ(groups.size(), other.size());
    EXPECT_EQ(one.size(), before + 10'000);
    for (std::uint32_t i = 0; i < groups.size(); ++i) {
      ASSERT_EQ(one.key(groups[i])[0].text(), other.key(i)[0].text());
      ASSERT_EQ(one.key(groups[i])[1].integer(), other.key(i)[1].integer());
    }
  }
}

}  // namespace
}  // namespace sluice
