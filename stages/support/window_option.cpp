#include "stages/support/window_option.h"

#include "engine/base/diagnostic.h"

namespace sluice {
namespace {

bool is_short(Duration duration) { return duration.value <= std::chrono::hours(24 * 36'500); }

bool parse_entry(const Entry& entry, WindowOption& to, std::string& why) {
  if (entry.key == "every") return OptionType<Duration>::parse(entry.value, to.every, why);
  if (entry.key == "time") return OptionType<ExpressionText>::parse(entry.value, to.time, why);
  if (entry.key == "lateness") {
    return OptionType<std::optional<Duration>>::parse(entry.value, to.lateness, why);
  }
  why = "unknown key '" + entry.key + "'";
  const std::string hint = did_you_mean(entry.key, {"every", "time", "lateness"});
  why += hint.empty() ? ": there are every, time, lateness" : ", " + hint;
  return false;
}

}  // namespace

bool OptionType<WindowOption>::parse(const Value& value, WindowOption& to, std::string& why) {
  to = {};
  to.mark = value.mark();
  to.time.mark = value.mark();
  if (value.kind() == Value::Kind::map) {
    for (const Entry& entry : value.entries()) {
      if (parse_entry(entry, to, why)) continue;
      why = "in 'window': " + why;
      return false;
    }
  } else if (!OptionType<Duration>::parse(value, to.every, why)) {
    return false;
  }
  if (to.every.value.count() <= 0) {
    why = "a window needs its length, as in `window: 1h` or `window: {every: 1h, lateness: 5m}`";
    return false;
  }
  if (is_short(to.every) && (!to.lateness || is_short(*to.lateness))) return true;
  why = "a window and its lateness are at most 36500 days";
  return false;
}

std::string OptionType<WindowOption>::print(const WindowOption& value) {
  if (value.every.value.count() == 0) return {};
  std::string text = "{every: " + OptionType<Duration>::print(value.every);
  text += ", time: " + value.time.text;
  if (value.lateness) text += ", lateness: " + OptionType<Duration>::print(*value.lateness);
  return text + "}";
}

}  // namespace sluice
