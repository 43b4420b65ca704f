#include "engine/data/byte_masks.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace sluice {
namespace {

bool is_in(char byte, const ByteRange& range) {
  const unsigned folded = static_cast<unsigned char>(byte) | range.fold;
  return range.low <= folded && folded <= unsigned{range.low} + range.span;
}

TEST(ByteMasks, EveryLevelMarksTheBytesOfEachRange) {
  const std::array<ByteRange, 5> ranges{ByteRange::between('0', '9'), ByteRange::only('@'),
                                        ByteRange::either_case('r'), ByteRange::between('a', 'a'),
                                        ByteRange{0x80, 0x7f, 0}};
  std::mt19937 random(1);
  for (std::size_t size : {0U, 1U, 63U, 64U, 65U, 128U, 200U, 1000U}) {
    std::string text(size, ' ');
    for (char& byte : text) byte = static_cast<char>(random());
    if (size > 3) text.replace(1, 3, "R9@");
    for (const SimdLevel level : {SimdLevel::scalar, SimdLevel::avx2, SimdLevel::avx512bw}) {
      std::vector<std::uint64_t> masks(mask_count(size) * ranges.size(), ~std::uint64_t{0});
      mark_bytes(text, ranges, masks, level);
      for (std::size_t at = 0; at < mask_count(size) * 64; ++at) {
        for (std::size_t r = 0; r < ranges.size(); ++r) {
          const bool marked = (masks[at / 64 * ranges.size() + r] >> at % 64 & 1) != 0;
          EXPECT_EQ(marked, at < size && is_in(text[at], ranges[r]))
              << name_of(level) << " byte " << at << " of " << size << ", range " << r;
        }
      }
    }
  }
}

}  // namespace
}  // namespace sluice
