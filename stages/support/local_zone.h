// The zone of times that are written without one: `UTC`, a fixed offset such as `+01:00`, or a name
// of the IANA database such as `Europe/Berlin`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/data/timestamp.h"
#include "engine/expression/time_zones.h"

namespace sluice {

/// One thread at a time; a copy is as good as the original. UTC, if nothing is said.
class LocalZone {
 public:
  LocalZone() = default;
  /// Nothing: there is no such zone.
  static std::optional<LocalZone> find(std::string_view name);

  /// When clocks in the zone show `time`; of two such times, the earlier one. Nothing: there is no
  /// such day or hour, or the zone's data cannot be read.
  std::optional<Timestamp> at(const CivilTime& time);
  /// What year it is in the zone.
  int year_at(Timestamp time);

 private:
  std::int32_t offset_seconds_ = 0;  ///< Of a fixed zone.
  std::string name_;                 ///< Empty: fixed.
  TimeZones zones_;
};

}  // namespace sluice
