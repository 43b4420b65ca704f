// Cutting lines in the floors.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "engine/data/scan.h"

namespace sluice::bench {

/// Takes the text in front of `divider` and the divider from `rest`.
inline std::string_view take_until(std::string_view& rest, char divider) {
  const std::size_t end = std::min(rest.find(divider), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

template <class Use>
void for_each_line(std::string_view lines, const Use& use) {
  while (!lines.empty()) use(take_until(lines, '\n'));
}

/// What is between the next `key` and the first `end` behind it; `rest` begins there afterwards.
inline std::string_view take_value(std::string_view& rest, std::string_view key, char end) {
  const void* const found = memmem(rest.data(), rest.size(), key.data(), key.size());
  if (found == nullptr) return {};
  rest.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - rest.data()) +
                     key.size());
  const std::string_view value = rest.substr(0, std::min(rest.find(end), rest.size()));
  rest.remove_prefix(value.size());
  return value;
}

/// Of a string value that may hold escapes: to the quote that ends it.
inline std::string_view take_text(std::string_view& rest, std::string_view key) {
  std::string_view value = take_value(rest, key, '"');
  while (!value.empty() && value.back() == '\\' && !rest.empty()) {
    const std::size_t more = std::min(rest.find('"', 1), rest.size());
    value = {value.data(), value.size() + more};
    rest.remove_prefix(more);
  }
  return value;
}

/// The text in front of the n-th space, counted from 0, and behind the one before it.
inline std::string_view word(std::string_view line, unsigned n) {
  for (; n > 0; --n) take_until(line, ' ');
  return take_until(line, ' ');
}

}  // namespace sluice::bench
