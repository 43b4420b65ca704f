#include "stages/support/local_zone.h"

#include "stages/support/text_cursor.h"
#include "stages/support/time_layout.h"

namespace sluice {

std::optional<LocalZone> LocalZone::find(std::string_view name) {
  LocalZone zone;
  if (name == "UTC") return zone;
  TextCursor cursor(name);
  if (take_offset(cursor, zone.offset_seconds_) && cursor.at_end()) return zone;
  zone.name_ = name;
  if (!zone.zones_.offset(name, Timestamp{})) return std::nullopt;
  return zone;
}

std::optional<Timestamp> LocalZone::at(const CivilTime& time) {
  if (!time.is_valid()) return std::nullopt;
  const Timestamp as_utc = from_civil(time, offset_seconds_);
  return name_.empty() ? as_utc : zones_.from_local(name_, as_utc);
}

int LocalZone::year_at(Timestamp time) {
  const std::int32_t offset =
      name_.empty() ? offset_seconds_ : zones_.offset(name_, time).value_or(0);
  return to_civil(time, offset).year;
}

}  // namespace sluice
