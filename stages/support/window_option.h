// The option `window` of stages that work by windows of time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/units.h"
#include "engine/base/value.h"
#include "engine/expression/marked_text.h"
#include "engine/stage/option.h"

namespace sluice {

/// `{every: 1h, time: EXPRESSION, lateness: 5m}`, or `1h`.
struct WindowOption {
  Duration every;
  ExpressionText time{std::string("time")};
  std::optional<Duration> lateness;
  Mark mark;
};

template <>
struct OptionType<WindowOption> {
  static std::string name() { return "duration, or map of every, time, lateness"; }
  static bool parse(const Value& value, WindowOption& to, std::string& why);
  static std::string print(const WindowOption& value);
  static std::vector<std::string> choices() { return {}; }
};

}  // namespace sluice
