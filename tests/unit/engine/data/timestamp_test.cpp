#include "engine/data/timestamp.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

std::string round_trip(std::string_view text) {
  const auto time = parse_rfc3339(text);
  if (!time) return "refused";
  std::string out;
  append_rfc3339(out, *time);
  return out;
}

TEST(Rfc3339, IsReadAndWritten) {
  EXPECT_EQ(round_trip("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(round_trip("2026-11-23T12:00:10.25+01:00"), "2026-11-23T11:00:10.250Z");
  EXPECT_EQ(round_trip("2026-11-23 12:00:10.000001-00:30"), "2026-11-23T12:30:10.000001Z");
  EXPECT_EQ(round_trip("2024-02-29t23:59:59.123456789z"), "2024-02-29T23:59:59.123456789Z");
  EXPECT_EQ(round_trip("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(round_trip("9999-12-31T23:59:59.999999999Z"), "9999-12-31T23:59:59.999999999Z");
  EXPECT_EQ(round_trip("2016-12-31T23:59:60Z"), "2016-12-31T23:59:59Z");
}

TEST(Rfc3339, RefusesWhatIsNone) {
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T12:00:10", "2026-11-23T12:00Z", "2026-13-01T00:00:00Z",
        "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T12:00:10.Z", "2026-11-23T12:00:10.1234567890Z", "2026-11-23T12:00:10Zx",
        "2026-11-23T12:00:10+0100", "2026-11-23T12:00:10+24:00", "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01", "+026-11-23T12:00:10Z"}) {
    EXPECT_EQ(round_trip(text), "refused") << text;
  }
}

TEST(CivilTime, EveryDayOfFourCenturiesFollowsTheOneBefore) {
  std::int64_t expected = days_from_civil(1800, 1, 1);
  for (int year = 1800; year < 2200; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; CivilTime{year, month, day, 0, 0, 0, 0}.is_valid(); ++day) {
        ASSERT_EQ(days_from_civil(year, month, day), expected);
        const CivilTime back = to_civil({expected * 86'400 + 86'399, 0}, 0);
        ASSERT_EQ(back.year, year);
        ASSERT_EQ(back.month, month);
        ASSERT_EQ(back.day, day);
        ASSERT_EQ(back.second, 59);
        ++expected;
      }
    }
  }
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
  EXPECT_EQ(days_from_civil(2000, 3, 1), 11'017);
}

std::string span(std::string_view text) {
  const auto parsed = parse_time_span(text);
  if (!parsed) return "refused";
  std::string out;
  append_time_span(out, *parsed);
  return out;
}

TEST(TimeSpan, IsReadAndWritten) {
  EXPECT_EQ(span("0"), "0s");
  EXPECT_EQ(span("1h15m30.5s"), "4530.5s");
  EXPECT_EQ(span("-0.5s"), "-0.5s");
  EXPECT_EQ(span("-1.5h"), "-5400s");
  EXPECT_EQ(span("+100ms"), "0.1s");
  EXPECT_EQ(span(".5s"), "0.5s");
  EXPECT_EQ(span("5.s"), "5s");
  EXPECT_EQ(span("1us1ns"), "0.000001001s");
  EXPECT_EQ(span("315576000000s"), "315576000000s");
  EXPECT_EQ(span("-315576000000s"), "-315576000000s");
}

TEST(TimeSpan, RefusesWhatIsNone) {
  for (const char* text : {"", "-", "1", "s", ".s", "1d", "1h 5m", "1h5", "315576000000.1s",
                           "-315576000001s", "99999999999999999999s", "--1s"}) {
    EXPECT_EQ(span(text), "refused") << text;
  }
}

}  // namespace
}  // namespace sluice
