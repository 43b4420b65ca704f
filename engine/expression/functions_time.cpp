// Parts of timestamps and durations, and `parseTimestamp`.
#include <algorithm>
#include <limits>

#include "engine/expression/functions.h"
#include "engine/expression/timestamp_layout.h"

namespace sluice {
namespace {

using Context = FunctionContext;
using Arguments = const CelValue*;
using Part = std::int64_t (*)(const CivilTime&);

constexpr CelValue no_zone = CelValue::error("no such time zone");

std::int64_t day_number(const CivilTime& t) { return days_from_civil(t.year, t.month, t.day); }

std::int64_t full_year(const CivilTime& t) { return t.year; }
std::int64_t month(const CivilTime& t) { return t.month - 1; }
std::int64_t day_of_year(const CivilTime& t) {
  return day_number(t) - days_from_civil(t.year, 1, 1);
}
std::int64_t day_of_month(const CivilTime& t) { return t.day - 1; }
std::int64_t date(const CivilTime& t) { return t.day; }
/// 1970-01-01 was a Thursday, and Sunday is 0.
std::int64_t day_of_week(const CivilTime& t) { return ((day_number(t) + 4) % 7 + 7) % 7; }
std::int64_t hours(const CivilTime& t) { return t.hour; }
std::int64_t minutes(const CivilTime& t) { return t.minute; }
std::int64_t seconds(const CivilTime& t) { return t.second; }
std::int64_t milliseconds(const CivilTime& t) { return t.nanoseconds / 1'000'000; }

template <Part part>
CelValue in_utc(Context&, Arguments a) {
  return CelValue::integer(part(to_civil(a[0].timestamp(), 0)));
}
template <Part part>
CelValue in_zone(Context& context, Arguments a) {
  const auto offset = context.zones().offset(a[1].text(), a[0].timestamp());
  if (!offset) return no_zone;
  return CelValue::integer(part(to_civil(a[0].timestamp(), *offset)));
}

/// Rounded towards 0.
std::int64_t whole_seconds(TimeSpan span) {
  return span.seconds + (span.seconds < 0 && span.nanoseconds > 0 ? 1 : 0);
}
CelValue duration_hours(Context&, Arguments a) {
  return CelValue::integer(whole_seconds(a[0].duration()) / 3600);
}
CelValue duration_minutes(Context&, Arguments a) {
  return CelValue::integer(whole_seconds(a[0].duration()) / 60);
}
CelValue duration_seconds(Context&, Arguments a) {
  return CelValue::integer(whole_seconds(a[0].duration()));
}
/// Those behind the whole seconds.
CelValue duration_milliseconds(Context&, Arguments a) {
  const TimeSpan span = a[0].duration();
  const auto nanoseconds = static_cast<std::int64_t>(span.nanoseconds);
  const bool is_negative = span.seconds < 0 && nanoseconds > 0;
  return CelValue::integer((is_negative ? nanoseconds - 1'000'000'000 : nanoseconds) / 1'000'000);
}

CelValue parse_in(Context& context, Arguments a, std::string_view zone) {
  LayoutTime time;
  const LayoutProblem problem = parse_layout(a[0].text(), a[1].text(), time);
  if (problem == LayoutProblem::layout) return CelValue::error("a layout that there is not");
  if (problem == LayoutProblem::text) return CelValue::error("a text that is not of that layout");
  Timestamp at = from_civil(time.civil, time.offset_seconds.value_or(0));
  if (time.epoch_seconds) at = {*time.epoch_seconds, time.civil.nanoseconds};
  if (!at.is_valid()) return CelValue::error("a timestamp out of range");
  if (zone.empty() || time.offset_seconds || time.epoch_seconds) return CelValue::timestamp(at);
  const auto local = context.zones().from_local(zone, at);
  if (!local) return no_zone;
  return local->is_valid() ? CelValue::timestamp(*local)
                           : CelValue::error("a timestamp out of range");
}
CelValue parse_timestamp(Context& context, Arguments a) { return parse_in(context, a, {}); }
CelValue parse_timestamp_in(Context& context, Arguments a) {
  return parse_in(context, a, a[2].text());
}

constexpr std::array table{
    overload("getFullYear", "t.:i", in_utc<full_year>),
    overload("getFullYear", "t.s:i", in_zone<full_year>),
    overload("getMonth", "t.:i", in_utc<month>),
    overload("getMonth", "t.s:i", in_zone<month>),
    overload("getDayOfYear", "t.:i", in_utc<day_of_year>),
    overload("getDayOfYear", "t.s:i", in_zone<day_of_year>),
    overload("getDayOfMonth", "t.:i", in_utc<day_of_month>),
    overload("getDayOfMonth", "t.s:i", in_zone<day_of_month>),
    overload("getDate", "t.:i", in_utc<date>),
    overload("getDate", "t.s:i", in_zone<date>),
    overload("getDayOfWeek", "t.:i", in_utc<day_of_week>),
    overload("getDayOfWeek", "t.s:i", in_zone<day_of_week>),
    overload("getHours", "t.:i", in_utc<hours>),
    overload("getHours", "t.s:i", in_zone<hours>),
    overload("getHours", "r.:i", duration_hours),
    overload("getMinutes", "t.:i", in_utc<minutes>),
    overload("getMinutes", "t.s:i", in_zone<minutes>),
    overload("getMinutes", "r.:i", duration_minutes),
    overload("getSeconds", "t.:i", in_utc<seconds>),
    overload("getSeconds", "t.s:i", in_zone<seconds>),
    overload("getSeconds", "r.:i", duration_seconds),
    overload("getMilliseconds", "t.:i", in_utc<milliseconds>),
    overload("getMilliseconds", "t.s:i", in_zone<milliseconds>),
    overload("getMilliseconds", "r.:i", duration_milliseconds),
    overload("parseTimestamp", "ss:t", parse_timestamp),
    overload("parseTimestamp", "sss:t", parse_timestamp_in),
};

}  // namespace

std::span<const Overload> time_functions() noexcept { return table; }

}  // namespace sluice
