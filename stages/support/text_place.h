// Where a text that is framed comes from, for messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace sluice {

/// Where a text begins.
struct TextPlace {
  std::string_view file;
  std::uint64_t offset = 0;   ///< Of its first byte, in the content of the file.
  bool decompressed = false;  ///< The file holds that content compressed.
  /// Set when `offset` counts from the part of the file (frame, member) that is stored there.
  std::optional<std::uint64_t> part = {};

  /// "decompressed byte 17", for byte number `byte` of the text.
  std::string describe(std::uint64_t byte) const;
  /// An error at that byte.
  Error error(ErrorCode code, std::string message, std::uint64_t byte) const;
};

}  // namespace sluice
