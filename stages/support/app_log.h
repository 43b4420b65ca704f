// A made-up application log as JSON lines (RFC 8259, one object a line), for trying things out and
// for measuring: what the services of a web shop write, 20 fields always in the same order, one of
// them an array and one an object.
//
// 80 % of the records have the level INFO, 13.5 % DEBUG, 5 % WARN, 1.5 % ERROR. Some records of the
// other levels hold the word ERROR, too: in their message, a tag or their path. Some messages and
// users have escapes (\" \n \t \u00e9) or letters beyond ASCII. All numbers are in their shortest
// form. Times never go back: there are 250 records a second.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stages/support/made_up_log.h"

namespace sluice {

/// Any record of a log that is endless and depends on nothing but its seed; see AccessLog.
class AppLog {
 public:
  /// No record is longer, its LF included.
  static constexpr std::size_t longest_record_bytes = 640;
  /// About what a record has on average, its LF included.
  static constexpr std::size_t mean_record_bytes = 488;

  explicit AppLog(std::uint64_t seed) noexcept;

  /// Writes record `index` to `to`, where longest_record_bytes must fit, and returns its end.
  char* write(std::uint64_t index, char* to) noexcept;

 private:
  std::uint64_t seed_;
  made_up::Timestamp timestamp_;
};

}  // namespace sluice
