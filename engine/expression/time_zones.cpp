#include "engine/expression/time_zones.h"

#include <date/tz.h>

#include <chrono>
#include <exception>
#include <limits>

namespace sluice {
namespace {

constexpr std::size_t most_zones = 64;
constexpr std::size_t longest_name = 64;

std::optional<std::int32_t> fixed_offset(std::string_view text) {
  std::int32_t sign = 1;
  if (text.starts_with('+') || text.starts_with('-')) {
    if (text.front() == '-') sign = -1;
    text.remove_prefix(1);
  }
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  std::int32_t number[2] = {0, 0};  // NOLINT(*-avoid-c-arrays)
  for (const std::size_t i : {0U, 1U, 3U, 4U}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    std::int32_t& part = number[i > 2 ? 1 : 0];
    part = part * 10 + (text[i] - '0');
  }
  if (number[0] > 23 || number[1] > 59) return std::nullopt;
  return sign * (number[0] * 3600 + number[1] * 60);
}

date::sys_seconds point(std::int64_t seconds) {
  return date::sys_seconds(std::chrono::seconds(seconds));
}

}  // namespace

TimeZones::Entry& TimeZones::entry(std::string_view zone) {
  for (Entry& known : entries_) {
    if (known.name == zone) return known;
  }
  if (entries_.size() >= most_zones) entries_.clear();
  Entry& made = entries_.emplace_back();
  made.name = zone.substr(0, longest_name + 1);
  if (zone.size() > longest_name) return made;
  if (const auto fixed = fixed_offset(zone)) {
    made.is_known = true;
    made.offset = *fixed;
    made.begin = std::numeric_limits<std::int64_t>::min();
    made.end = std::numeric_limits<std::int64_t>::max();
    return made;
  }
  try {
    made.zone = date::locate_zone(made.name);
    made.is_known = true;
  } catch (const std::exception&) {
    made.zone = nullptr;  // No such zone, or no database.
  }
  return made;
}

std::optional<std::int32_t> TimeZones::offset(std::string_view zone, Timestamp time) {
  Entry& found = entry(zone);
  if (!found.is_known) return std::nullopt;
  if (time.seconds >= found.begin && time.seconds < found.end) return found.offset;
  try {
    const date::sys_info info = found.zone->get_info(point(time.seconds));
    found.begin = info.begin.time_since_epoch().count();
    found.end = info.end.time_since_epoch().count();
    found.offset = static_cast<std::int32_t>(info.offset.count());
  } catch (const std::exception&) {
    return std::nullopt;  // The database's file of this zone cannot be read.
  }
  return found.offset;
}

std::optional<Timestamp> TimeZones::from_local(std::string_view zone, Timestamp local) {
  // The offset a day before is the one before a change of that day, and changes are not that close
  // to each other.
  constexpr std::int64_t day = 86'400;
  const auto before = offset(zone, {local.seconds - day, 0});
  if (!before) return std::nullopt;
  const Timestamp early{local.seconds - *before, local.nanoseconds};
  const auto at_early = offset(zone, early);
  if (!at_early || *at_early == *before) return at_early ? std::optional(early) : std::nullopt;
  const Timestamp late{local.seconds - *at_early, local.nanoseconds};
  const auto at_late = offset(zone, late);
  if (!at_late) return std::nullopt;
  return *at_late == *at_early ? late : early;
}

}  // namespace sluice
