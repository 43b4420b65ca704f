// A made-up system log as a collector of syslog stores it, for trying things out and for measuring.
//
// 70 % of the records are in the format of RFC 5424, a third of them with structured data (some of
// its values have the escapes \" \] \\), a few with a byte order mark and letters beyond ASCII; the
// rest are in that of RFC 3164, as old devices send them, without a year. All begin with their
// priority. A host always speaks the same of the two. Times never go back: there are 100 records a
// second.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stages/support/made_up_log.h"

namespace sluice {

/// Any record of a log that is endless and depends on nothing but its seed; see AccessLog.
class SystemLog {
 public:
  /// No record is longer, its LF included.
  static constexpr std::size_t longest_record_bytes = 360;
  /// About what a record has on average, its LF included.
  static constexpr std::size_t mean_record_bytes = 137;

  explicit SystemLog(std::uint64_t seed) noexcept;

  /// Writes record `index` to `to`, where longest_record_bytes must fit, and returns its end.
  char* write(std::uint64_t index, char* to) noexcept;

 private:
  std::uint64_t seed_;
  made_up::Timestamp timestamp_;
};

}  // namespace sluice
