#include "stages/support/time_layout.h"

#include <gtest/gtest.h>

#include <string>

#include "stages/support/field_types.h"

namespace sluice {
namespace {

std::string parsed(std::string_view layout, std::string_view text, const char* zone_name = "UTC") {
  std::string mistake;
  const std::optional<TimeLayout> compiled = TimeLayout::compile(layout, mistake);
  if (!compiled) return "mistake: " + mistake;
  std::optional<LocalZone> zone = LocalZone::find(zone_name);
  if (!zone) return "no zone";
  const std::optional<Timestamp> time = compiled->parse(text, *zone);
  if (!time) return "none";
  std::string written;
  append_rfc3339(written, *time);
  return written;
}

TEST(TimeLayout, ReadsTheTimesOfLogs) {
  EXPECT_EQ(parsed("%d/%b/%Y:%H:%M:%S %z", "01/Jan/2026:00:00:01 +0100"), "2025-12-31T23:00:01Z");
  EXPECT_EQ(parsed("%a %b %d %H:%M:%S %Y", "Sun Dec 04 04:47:44 2005"), "2005-12-04T04:47:44Z");
  EXPECT_EQ(parsed("%F %T,%f", "2015-07-29 17:41:44,747"), "2015-07-29T17:41:44.747Z");
  EXPECT_EQ(parsed("%y%m%d %H%M%S", "081109 203615"), "2008-11-09T20:36:15Z");
  EXPECT_EQ(parsed("%Y-%jT%H:%M", "2024-366T10:30"), "2024-12-31T10:30:00Z");
  EXPECT_EQ(parsed("%e %B %Y %I:%M %p", " 3 december 1999  12:05 AM"), "1999-12-03T00:05:00Z");
  EXPECT_EQ(parsed("%e %B %Y %I:%M %p", "3 dec 1999 12:05 pm"), "1999-12-03T12:05:00Z");
  EXPECT_EQ(parsed("%s.%f", "1767225600.25"), "2026-01-01T00:00:00.250Z");
  EXPECT_EQ(parsed("%FT%T%z", "2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(parsed("%F %T %Z", "2026-01-01 00:00:00 GMT"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(parsed("%Y%%%m%%%d", "2026%01%02"), "2026-01-02T00:00:00Z");
}

TEST(TimeLayout, RefusesOtherTexts) {
  for (const char* text : {"", "2026-01-01", "2026-01-01 00:00:00 ", " 2026-01-01 00:00:00x",
                           "2026-13-01 00:00:00", "2026-02-29 00:00:00", "2026-00-10 00:00:00",
                           "2026-01-01 24:00:00", "2026-01-01 00:60:00", "2026-01-01 00:00:61"}) {
    EXPECT_EQ(parsed("%F %T", text), "none") << text;
  }
  EXPECT_EQ(parsed("%Y-%j", "2025-366"), "none");
  EXPECT_EQ(parsed("%Y-%j", "2025-000"), "none");
  EXPECT_EQ(parsed("%F %I:%M %p", "2026-01-01 13:00 pm"), "none");
  EXPECT_EQ(parsed("%F %T", "2016-12-31 23:59:60"), "2016-12-31T23:59:59Z");
}

TEST(TimeLayout, UsesTheZoneWhereTheTextHasNone) {
  EXPECT_EQ(parsed("%F %T", "2026-07-15 12:00:00", "Europe/Berlin"), "2026-07-15T10:00:00Z");
  EXPECT_EQ(parsed("%F %T", "2026-01-15 12:00:00", "Europe/Berlin"), "2026-01-15T11:00:00Z");
  EXPECT_EQ(parsed("%F %T %z", "2026-01-15 12:00:00 +0000", "Europe/Berlin"),
            "2026-01-15T12:00:00Z");
  EXPECT_EQ(parsed("%Y-%j", "2026-196", "-05:00"), "2026-07-15T05:00:00Z");
  // Shown twice: the earlier one. Skipped: as if the clocks had not been changed yet.
  EXPECT_EQ(parsed("%F %T", "2026-10-25 02:30:00", "Europe/Berlin"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(parsed("%F %T", "2026-03-29 02:30:00", "Europe/Berlin"), "2026-03-29T01:30:00Z");
  EXPECT_EQ(parsed("%F %T", "2026-03-29 02:30:00", "Europe/Nowhere"), "no zone");
}

TEST(TimeLayout, SaysWhatIsWrongWithALayout) {
  EXPECT_EQ(parsed("%d/%m", ""), "mistake: the layout has no whole date: year, month and day");
  EXPECT_EQ(parsed("%F %Q", ""), "mistake: there is no directive '%Q'");
  EXPECT_EQ(parsed("%F %", ""), "mistake: the layout ends in '%'");
  EXPECT_EQ(parsed("%F %I", ""), "mistake: '%I' and '%p' go together");
}

/// `cell` as `type`: what comes out, as `type value`.
std::string converted(const char* type_text, Cell cell) {
  std::string why;
  const std::optional<CellType> type = CellType::parse(type_text, why);
  if (!type) return why;
  TextArena arena;
  LocalZone zone;
  if (!type->convert(cell, arena, zone)) return "none";
  switch (cell.type()) {
    case Cell::Type::integer:
      return std::to_string(cell.integer());
    case Cell::Type::real:
      return std::to_string(cell.real());
    case Cell::Type::boolean:
      return cell.boolean() ? "true" : "false";
    case Cell::Type::text:
      return "'" + std::string(cell.text()) + "'";
    case Cell::Type::timestamp: {
      std::string text;
      append_rfc3339(text, cell.timestamp());
      return text;
    }
    default:
      return std::string(name_of(cell.type()));
  }
}

TEST(FieldTypes, ConvertsExactlyOrNotAtAll) {
  EXPECT_EQ(converted("int", Cell::text("9223372036854775807")), "9223372036854775807");
  for (const char* text : {"", "9223372036854775808", "1.0", "0x1", " 1", "1 ", "+1", "--1"}) {
    EXPECT_EQ(converted("int", Cell::text(text)), "none") << text;
  }
  EXPECT_EQ(converted("int", Cell::real(3)), "3");
  EXPECT_EQ(converted("int", Cell::real(3.5)), "none");
  EXPECT_EQ(converted("int", Cell::real(9223372036854775808.0)), "none");
  EXPECT_EQ(converted("int", Cell::null()), "null");
  EXPECT_EQ(converted("double", Cell::text("2.5")), "2.500000");
  EXPECT_EQ(converted("double", Cell::text("1e999")), "none");
  EXPECT_EQ(converted("double", Cell::text("nan")), "none");
  EXPECT_EQ(converted("bool", Cell::text("true")), "true");
  EXPECT_EQ(converted("bool", Cell::text("1")), "none");
  EXPECT_EQ(converted("string", Cell::integer(7)), "'7'");
  EXPECT_EQ(converted("duration", Cell::text("1h")), "duration");
  EXPECT_EQ(converted("duration", Cell::text("1 h")), "none");
}

TEST(FieldTypes, ReadsTimesInUnits) {
  EXPECT_EQ(converted("timestamp(unix)", Cell::integer(1767225600)), "2026-01-01T00:00:00Z");
  EXPECT_EQ(converted("timestamp(unix)", Cell::text("1767225600.123")), "2026-01-01T00:00:00.123Z");
  EXPECT_EQ(converted("timestamp(unix)", Cell::real(1767225600.123)), "2026-01-01T00:00:00.123Z");
  EXPECT_EQ(converted("timestamp(unix_ms)", Cell::integer(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(converted("timestamp(unix_ns)", Cell::text("1767225600000000001")),
            "2026-01-01T00:00:00.000000001Z");
  EXPECT_EQ(converted("timestamp(unix)", Cell::text("-0.25")), "1969-12-31T23:59:59.750Z");
  EXPECT_EQ(converted("timestamp(unix)", Cell::integer(999'999'999'999)), "none");
  EXPECT_EQ(converted("timestamp(unix)", Cell::text("1.")), "none");
  EXPECT_EQ(converted("timestamp", Cell::text("2026-01-01T00:00:00Z")), "2026-01-01T00:00:00Z");
  EXPECT_EQ(converted("timestamp", Cell::integer(1)), "none");
}

}  // namespace
}  // namespace sluice
