// What a command line is refused with.
#pragma once

#include <string>

namespace sluice {

/// The command line is wrong.
struct UsageMistake {
  std::string message;
  std::string hint;
  std::string shown = {};  ///< Instead of both: mistakes within a value, rendered with their place.
};

}  // namespace sluice
