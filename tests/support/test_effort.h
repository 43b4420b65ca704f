// How much of a randomized or a long test is run.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace sluice {

/// SLUICE_TEST_EFFORT=short: under a sanitizer, where everything takes long.
inline bool is_short_effort() {
  const char* const effort = std::getenv("SLUICE_TEST_EFFORT");
  return effort != nullptr && std::string_view(effort) == "short";
}

/// How often to repeat what is usually repeated `usual` times.
template <class Count>
Count rounds(Count usual) {
  return is_short_effort() ? std::max<Count>(usual / 8, 1) : usual;
}

}  // namespace sluice
