// An option that names a compression or leaves it open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage/option.h"
#include "stages/support/compression.h"

namespace sluice {

struct CompressionChoice {
  /// None: `auto`, which leaves it to what else tells, the first bytes of an input or the name of
  /// an output.
  std::optional<Compression> chosen;
};

template <>
struct OptionType<CompressionChoice> {
  static std::string name();
  static bool parse(const Value& value, CompressionChoice& to, std::string& why);
  static std::string print(const CompressionChoice& value);
  static std::vector<std::string> choices();
};

}  // namespace sluice
