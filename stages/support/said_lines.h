// What child processes write to standard error, as lines that are said.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"

namespace sluice {

/// Passes on at most 100 lines a second, and says how many others there were. One thread at a time.
class SaidLines {
 public:
  using Listener = std::function<void(const std::string& line)>;

  SaidLines(Clock& clock, Listener listener) : clock_(clock), listener_(std::move(listener)) {}

  void say(const std::string& line);
  /// Says how many were left out since that was last said.
  void tell_left_out();

 private:
  Clock& clock_;
  Listener listener_;
  std::int64_t second_began_ns_ = 0;
  std::uint64_t lines_in_second_ = 0;
  std::uint64_t left_out_ = 0;
};

/// Cuts what one child writes into lines; one is cut behind 1000 bytes.
class SaidText {
 public:
  void take(std::string_view bytes, SaidLines& lines);
  /// Takes what is left as a line.
  void finish(SaidLines& lines);
  /// The last one that ended.
  const std::string& last_line() const noexcept { return last_line_; }

 private:
  void end_line(SaidLines& lines);

  std::string line_;
  std::string last_line_;
};

}  // namespace sluice
