// Points in time and spans between them, as CEL has them (google/cel-spec, langdef.md,
// "Abstract types"; protobuf's Timestamp and Duration): seconds and nanoseconds, years 1 to 9999.
// Leap seconds are smeared away: every day has 86,400 seconds. All functions are pure.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// UTC. `seconds` since 1970-01-01T00:00:00Z, rounded down; `nanoseconds` in [0, 1e9) behind that.
struct Timestamp {
  static constexpr std::int64_t min_seconds = -62'135'596'800;  ///< 0001-01-01T00:00:00Z
  static constexpr std::int64_t max_seconds = 253'402'300'799;  ///< 9999-12-31T23:59:59Z

  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;

  constexpr bool is_valid() const noexcept {
    return seconds >= min_seconds && seconds <= max_seconds && nanoseconds < 1'000'000'000;
  }
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;

  static Timestamp of(std::chrono::system_clock::time_point time) noexcept;
};

/// `seconds` rounded down and `nanoseconds` in [0, 1e9) behind that, so that half a second before
/// is {-1, 500000000}. At most 315,576,000,000 seconds either way.
struct TimeSpan {
  static constexpr std::int64_t max_seconds = 315'576'000'000;

  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;

  constexpr bool is_valid() const noexcept {
    return seconds >= -max_seconds && nanoseconds < 1'000'000'000 &&
           (seconds < max_seconds || (seconds == max_seconds && nanoseconds == 0));
  }
  friend constexpr auto operator<=>(const TimeSpan&, const TimeSpan&) = default;
};

/// A date and a time of day without a zone, and so possibly one that does not exist.
struct CivilTime {
  int year = 1970;
  int month = 1;  ///< 1 to 12.
  int day = 1;    ///< 1 to 31.
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::uint32_t nanoseconds = 0;

  /// All parts are in range and the month has such a day. A second 60 is none.
  bool is_valid() const noexcept;
};

/// Days since 1970-01-01 in the Gregorian calendar. REQUIRES: month in 1 to 12.
std::int64_t days_from_civil(int year, int month, int day) noexcept;

/// The time that a clock shows which is `offset_seconds` ahead of UTC. REQUIRES: time.is_valid().
Timestamp from_civil(const CivilTime& time, std::int32_t offset_seconds) noexcept;
CivilTime to_civil(Timestamp time, std::int32_t offset_seconds) noexcept;

/// RFC 3339, section 5.6: `2026-11-23T12:00:10.25+01:00`; `t`, a space and `z` are taken as well.
/// Up to nine digits of a second's fraction. Nothing if it is anything else.
std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept;
/// Appends it in UTC: `2026-11-23T11:00:10.250Z`, with as many digits of the fraction as are needed
/// in groups of three (protobuf's JSON mapping).
void append_rfc3339(std::string& out, Timestamp time);
/// The same into `out`, which has room for longest_rfc3339 bytes. Answers where it ends.
char* write_rfc3339(char* out, Timestamp time) noexcept;
inline constexpr std::size_t longest_rfc3339 = 30;

/// A sequence of numbers with units, as in `1h15m30.5s`, or `0`: hours, minutes, seconds, `ms`,
/// `us`, `ns`, perhaps with a sign in front. Nothing if it is anything else or too large.
std::optional<TimeSpan> parse_time_span(std::string_view text) noexcept;
/// Appends it in seconds: `5400s`, `-0.5s` (CEL's conversion to string).
void append_time_span(std::string& out, TimeSpan span);

}  // namespace sluice
