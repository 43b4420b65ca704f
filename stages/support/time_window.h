// Tumbling windows of time: [start, start + every), one after the other, counted from
// 1970-01-01T00:00:00Z. A window closes when a record comes that is so much newer that nobody waits
// for the window's own any more. All spans are in nanoseconds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "engine/data/timestamp.h"

namespace sluice {

struct TimeWindow {
  std::int64_t every_ns = 0;                ///< At least 1.
  std::optional<std::int64_t> lateness_ns;  ///< Nothing: no window closes before the input ends.

  /// The start of the window that `time` lies in. Of the first window of year 1, which may begin
  /// before there is time, the first moment there is.
  Timestamp start_of(Timestamp time) const noexcept;
};

/// How late it is: the newest time so far, and which windows are closed by it.
class WindowClock {
 public:
  explicit WindowClock(const TimeWindow& window) : window_(window) {}

  void advance(Timestamp time) noexcept;
  /// The window that begins at `start` ended at least the allowed lateness before the newest time.
  bool is_closed(Timestamp start) const noexcept { return newest_ && start <= horizon_; }
  const std::optional<Timestamp>& newest() const noexcept { return newest_; }

 private:
  TimeWindow window_;
  std::optional<Timestamp> newest_;
  Timestamp horizon_;  ///< The latest start of a closed window; may be no valid time.
};

/// What is found out of the times of some records in a row, without knowing those before: which of
/// them come late even so, and how many the others are in each window. Whether these come late is
/// then a question of the window alone, and of the newest time before the first of them.
class WindowTally {
 public:
  explicit WindowTally(const TimeWindow& window) : clock_(window), last_(records_.end()) {}
  WindowTally(const WindowTally&) = delete;
  WindowTally& operator=(const WindowTally&) = delete;

  /// Takes in the next record; false: it comes late.
  bool take(Timestamp time, Timestamp start);

  std::uint64_t late() const noexcept { return late_; }
  const std::optional<Timestamp>& newest() const noexcept { return clock_.newest(); }
  /// By start of the window: how many came in time.
  const std::map<Timestamp, std::uint64_t>& records() const noexcept { return records_; }

 private:
  WindowClock clock_;
  std::map<Timestamp, std::uint64_t> records_;
  std::map<Timestamp, std::uint64_t>::iterator last_;
  std::uint64_t late_ = 0;
};

}  // namespace sluice
