#include "stages/support/sort_key.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "engine/data/compare.h"

namespace sluice {
namespace {

using Type = Cell::Type;

/// Every type in the order that is documented; null and missing are the same.
int rank(const Cell& cell) {
  switch (cell.type()) {
    case Type::missing:
    case Type::null:
      return 99;
    case Type::boolean:
      return 1;
    case Type::integer:
    case Type::real:
    case Type::decimal:
      return 2;
    case Type::text:
      return 3;
    case Type::json:
      return 4;
    case Type::timestamp:
      return 5;
    case Type::duration:
      return 6;
  }
  return 0;
}

bool is_nan(const Cell& cell) { return cell.type() == Type::real && std::isnan(cell.real()); }

/// By the values themselves.
int expected(const Cell& a, const Cell& b) {
  if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
  if (rank(a) == 99) return 0;
  if (is_nan(a) || is_nan(b)) return static_cast<int>(is_nan(a)) - static_cast<int>(is_nan(b));
  if (a.type() == Type::json) return a.text().compare(b.text());
  const auto ordering = compare(a, b).value();
  return ordering < 0 ? -1 : ordering > 0 ? 1 : 0;
}

int sign(int number) { return number < 0 ? -1 : number > 0 ? 1 : 0; }

int compare_keys(const SortKeyOrder& order, const std::string& a, const std::string& b) {
  const SortKeyView left = order.cut(a);
  const SortKeyView right = order.cut(b);
  if (left.prefix != right.prefix) return left.prefix < right.prefix ? -1 : 1;
  return sign(order.compare_rests(left.rest, right.rest));
}

std::vector<Cell> interesting_cells() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  using namespace std::string_view_literals;
  std::vector<Cell> cells{Cell(), Cell::null(), Cell::boolean(false), Cell::boolean(true)};
  for (const double value : {0.0, -0.0, 1.0, -1.0, 0.1, 1e300, -1e300, 5e-324, -5e-324, infinity,
                             -infinity, 9007199254740992.0, 9007199254740994.0,
                             9223372036854775808.0, -9223372036854775808.0, std::nan("")}) {
    cells.push_back(Cell::real(value));
  }
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{255}, std::int64_t{256},
        std::int64_t{9007199254740991}, std::int64_t{9007199254740992},
        std::int64_t{9007199254740993}, std::int64_t{-9007199254740993}, most, most - 1, least,
        least + 1}) {
    cells.push_back(Cell::integer(value));
  }
  for (const std::string_view text :
       {""sv, "\0"sv, "\0\0"sv, "\0\xFF"sv, "a"sv, "a\0"sv, "a\0b"sv, "a\x01"sv, "ab"sv, "b"sv,
        "\xFF"sv, "\xFF\xFF"sv, "1234567"sv, "12345678"sv, "12345678\0"sv, "123456789"sv,
        "12345678\xFF"sv, "12345678\xFF\xFF"sv, "\xC3\xA9"sv}) {
    cells.push_back(Cell::text(text));
    cells.push_back(Cell::json(text));
  }
  cells.push_back(Cell::decimal("18446744073709551616"));
  cells.push_back(Cell::decimal("-1e400"));
  for (const std::int64_t seconds : {Timestamp::min_seconds, std::int64_t{-1}, std::int64_t{0},
                                     std::int64_t{1}, Timestamp::max_seconds}) {
    for (const std::uint32_t nanoseconds : {0U, 1U, 255U, 256U, 65'536U, 999'999'999U}) {
      cells.push_back(Cell::timestamp({seconds, nanoseconds}));
      cells.push_back(Cell::duration({seconds, nanoseconds}));
    }
  }
  return cells;
}

TEST(SortKey, ComparesAsTheValuesDo) {
  const std::vector<Cell> cells = interesting_cells();
  for (const Cell& a : cells) {
    for (const Cell& b : cells) {
      for (const auto direction : {SortDirection::ascending, SortDirection::descending}) {
        for (const auto no_value : {NoValue::last, NoValue::first}) {
          std::string left;
          std::string right;
          append_sort_key(a, direction, no_value, left);
          append_sort_key(b, direction, no_value, right);
          int wanted = sign(expected(a, b));
          const bool concerns_none = (rank(a) == 99) != (rank(b) == 99);
          if (concerns_none) {
            wanted = no_value == NoValue::first ? -wanted : wanted;
          } else if (direction == SortDirection::descending) {
            wanted = -wanted;
          }
          ASSERT_EQ(compare_keys(SortKeyOrder(direction), left, right), wanted)
              << testing::PrintToString(left) << " and " << testing::PrintToString(right);
        }
      }
    }
  }
}

TEST(SortKey, PartsOfAKeyCountOneAfterTheOther) {
  const std::vector<Cell> cells = interesting_cells();
  std::mt19937_64 random(11);
  for (int round = 0; round < 200'000; ++round) {
    const auto any = [&] { return cells[random() % cells.size()]; };
    const Cell first_a = any();
    const Cell first_b = random() % 2 == 0 ? first_a : any();
    const Cell second_a = any();
    const Cell second_b = any();
    const auto last = static_cast<SortDirection>(random() % 2 == 0);
    std::string left;
    std::string right;
    append_sort_key(first_a, SortDirection::ascending, NoValue::last, left);
    append_sort_key(first_b, SortDirection::ascending, NoValue::last, right);
    append_sort_key(second_a, last, NoValue::last, left);
    append_sort_key(second_b, last, NoValue::last, right);
    int wanted = sign(expected(first_a, first_b));
    if (wanted == 0) {
      wanted = sign(expected(second_a, second_b));
      const bool concerns_none = rank(second_a) == 99 || rank(second_b) == 99;
      if (last == SortDirection::descending && !concerns_none) wanted = -wanted;
    }
    ASSERT_EQ(compare_keys(SortKeyOrder(last), left, right), wanted)
        << testing::PrintToString(left) << " and " << testing::PrintToString(right);
  }
}

TEST(SortKey, TimesInSecondsAndSmallNumbersFitThePrefix) {
  for (const auto direction : {SortDirection::ascending, SortDirection::descending}) {
    for (const Cell& cell :
         {Cell::timestamp({1'790'000'000, 0}), Cell::integer(1'000'000), Cell::real(0.5),
          Cell::text("short"), Cell::boolean(true), Cell::null()}) {
      std::string key;
      append_sort_key(cell, direction, NoValue::last, key);
      EXPECT_TRUE(SortKeyOrder(direction).cut(key).rest.empty());
    }
  }
}

}  // namespace
}  // namespace sluice
