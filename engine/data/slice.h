// A piece of a batch's bytes.
#pragma once

#include <cstdint>

namespace sluice {

/// `length` bytes from `offset` of a batch's bytes. A record's slice includes its line end, if it
/// has one, so that an unchanged record is written from its original bytes.
struct Slice {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  friend constexpr bool operator==(const Slice&, const Slice&) = default;
};

}  // namespace sluice
