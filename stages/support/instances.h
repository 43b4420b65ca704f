// How many instances of what a stage starts are at work at once.
#pragma once

#include <string>
#include <vector>

#include "engine/stage/option.h"

namespace sluice {

/// One, which has all of the input; a number of them, which have a piece each; or as many as there
/// are compute threads.
struct Instances {
  static constexpr unsigned most = 256;

  unsigned count = 1;  ///< 0: one for each compute thread.

  bool is_one() const noexcept { return count == 1; }
  /// At least 1, as `threads` is.
  unsigned resolved(unsigned threads) const noexcept { return count > 0 ? count : threads; }
};

template <>
struct OptionType<Instances> {
  static std::string name() { return "whole number, or per_slot"; }
  static bool parse(const Value& value, Instances& to, std::string& why);
  static std::string print(const Instances& value);
  static std::vector<std::string> choices() { return {}; }
};

}  // namespace sluice
