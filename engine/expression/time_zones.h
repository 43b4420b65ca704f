// Offsets of time zones: names of the IANA database, read from the system's (`Europe/Berlin`,
// `UTC`), and fixed ones (`+02:00`, `-08:30`, `02:00`), as CEL has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/timestamp.h"

namespace date {
class time_zone;
}  // namespace date

namespace sluice {

/// One thread at a time: it remembers the zones it was asked for.
class TimeZones {
 public:
  /// Seconds that clocks in `zone` are ahead of UTC at `time`; nothing when there is no such zone.
  std::optional<std::int32_t> offset(std::string_view zone, Timestamp time);
  /// The time at which clocks in `zone` show `local` (given as if it were UTC): the earlier one
  /// where they show it twice, and as if they had not been changed yet where they skip it.
  std::optional<Timestamp> from_local(std::string_view zone, Timestamp local);

 private:
  struct Entry {
    std::string name;
    const date::time_zone* zone = nullptr;  ///< Null: fixed, or unknown.
    bool is_known = false;
    std::int32_t offset = 0;  ///< From `begin` until `end`.
    std::int64_t begin = 1;   ///< Seconds; an empty span at first.
    std::int64_t end = 0;
  };
  Entry& entry(std::string_view zone);

  std::vector<Entry> entries_;
};

}  // namespace sluice
