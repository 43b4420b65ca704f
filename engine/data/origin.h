// Where a batch came from, and its place in the order of an edge.
#pragma once

#include <cstdint>

namespace sluice {

/// Where a batch's first byte came from.
struct Origin {
  std::uint32_t source = 0;         ///< Number of the source stage in its pipeline.
  std::uint32_t file = 0;           ///< Number of the file in that source.
  std::uint64_t offset = 0;         ///< Byte offset in the file's content (decompressed).
  std::uint64_t stored_offset = 0;  ///< Byte offset in the file as stored; a part's start.
};

/// A place in the order of an edge: unit by unit, and within a unit 0, 1, ... up to the one that
/// says `last`. Units are dense, counted from 0.
struct OrderKey {
  std::uint64_t unit = 0;
  std::uint32_t index = 0;
  bool last = true;
};

}  // namespace sluice
