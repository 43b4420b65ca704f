#include "stages/support/said_lines.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t longest_line = 1000;
constexpr std::uint64_t most_lines_per_second = 100;
constexpr std::int64_t second_ns = 1'000'000'000;

}  // namespace

void SaidLines::say(const std::string& line) {
  const std::int64_t now_ns = clock_.steady_ns();
  if (now_ns - second_began_ns_ >= second_ns) {
    tell_left_out();
    second_began_ns_ = now_ns;
    lines_in_second_ = 0;
  }
  if (++lines_in_second_ <= most_lines_per_second) {
    listener_(line);
  } else {
    ++left_out_;
  }
}

void SaidLines::tell_left_out() {
  if (left_out_ == 0) return;
  listener_("(" + std::to_string(std::exchange(left_out_, 0)) + " more lines in this second)");
}

void SaidText::take(std::string_view bytes, SaidLines& lines) {
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::size_t room = longest_line + 1 - std::min(line_.size(), longest_line + 1);
    line_.append(bytes.substr(0, std::min(end, room)));
    if (end == bytes.size()) return;
    end_line(lines);
    bytes.remove_prefix(end + 1);
  }
}

void SaidText::finish(SaidLines& lines) {
  if (!line_.empty()) end_line(lines);
}

void SaidText::end_line(SaidLines& lines) {
  if (line_.size() > longest_line) line_.replace(longest_line, std::string::npos, "...");
  lines.say(line_);
  last_line_ = std::exchange(line_, {});
}

}  // namespace sluice
