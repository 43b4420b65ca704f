#include "stages/support/time_window.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::int64_t floor_of(std::int64_t value, std::int64_t step) noexcept {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

/// Not always a valid time.
Timestamp earlier(Timestamp time, std::int64_t ns) noexcept {
  time.seconds -= ns / second_ns;
  auto rest = static_cast<std::int64_t>(time.nanoseconds) - ns % second_ns;
  if (rest < 0) {
    rest += second_ns;
    --time.seconds;
  }
  time.nanoseconds = static_cast<std::uint32_t>(rest);
  return time;
}

}  // namespace

Timestamp TimeWindow::start_of(Timestamp time) const noexcept {
  Timestamp start;
  if (every_ns % second_ns == 0) {
    start.seconds = floor_of(time.seconds, every_ns / second_ns);
  } else {
    __extension__ using Wide = __int128;
    const Wide all = Wide{time.seconds} * second_ns + time.nanoseconds;
    Wide rest = all % every_ns;
    if (rest < 0) rest += every_ns;
    start = earlier(time, static_cast<std::int64_t>(rest));
  }
  return std::max(start, Timestamp{Timestamp::min_seconds, 0});
}

void WindowClock::advance(Timestamp time) noexcept {
  if (newest_ && time <= *newest_) return;
  newest_ = time;
  if (!window_.lateness_ns) {
    horizon_ = {Timestamp::min_seconds - 1, 0};
    return;
  }
  horizon_ = earlier(earlier(time, window_.every_ns), *window_.lateness_ns);
}

bool WindowTally::take(Timestamp time, Timestamp start) {
  if (clock_.is_closed(start)) {
    ++late_;
    return false;
  }
  clock_.advance(time);
  if (last_ == records_.end() || last_->first != start) {
    last_ = records_.try_emplace(start, 0).first;
  }
  ++last_->second;
  return true;
}

}  // namespace sluice
