// Dealing with lines that are too long, in a text of lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/data/input_place.h"
#include "stages/support/oversize_records.h"

namespace sluice {

struct LimitedLines {
  std::size_t size = 0;                    ///< Bytes that are left, at the front of the text.
  std::uint64_t records = 0;               ///< Lines in them.
  std::uint64_t lines = 0;                 ///< Lines there were.
  std::vector<InputPlace::Gap> gaps = {};  ///< What is not left.
};

/// Shortens or drops the lines of `text` that are too long, in place, and counts the rest. The last
/// line may be the mere beginning of one that is too long.
Result<LimitedLines> limit_lines(std::span<char> text, const FramingOptions& options,
                                 OversizeRecords& oversize);

}  // namespace sluice
