// Times of access logs: `10/Oct/2000:13:55:36 -0700`, as Apache's documentation of mod_log_config
// describes them ("%t").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/data/timestamp.h"

namespace sluice {

/// Remembers the day it read last, because the next line is of the same. One thread at a time.
class AccessTime {
 public:
  /// Nothing for what is no such time.
  std::optional<Timestamp> read(std::string_view text) noexcept;

 private:
  std::array<char, 11> day_{};  ///< As it is written; no day at first.
  std::int64_t day_seconds_ = 0;
};

}  // namespace sluice
