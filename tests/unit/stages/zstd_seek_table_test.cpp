#include "stages/support/zstd_seek_table.h"

#include <gtest/gtest.h>

#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

TEST(ZstdSeekTable, IsTheSkippableFrameOfTheSeekableFormat) {
  const std::string one = codec_test::encode(Compression::zstd, std::string(300, 'a'), 3);
  const std::string two = codec_test::encode(Compression::zstd, "b", 3);
  ZstdSeekTable table;
  table.add(one);
  table.add(two);
  const auto size = [](const std::string& frame) { return static_cast<char>(frame.size()); };
  const std::string expected = std::string("\x5e\x2a\x4d\x18\x19\0\0\0", 8) + size(one) +
                               std::string("\0\0\0\x2c\x01\0\0", 7) + size(two) +
                               std::string("\0\0\0\x01\0\0\0", 7) +
                               std::string("\x02\0\0\0\0\xb1\xea\x92\x8f", 9);
  EXPECT_EQ(table.encoded(), expected);
  EXPECT_EQ(table.frames(), 2U);
}

TEST(ZstdSeekTable, IsNoContent) {
  ZstdSeekTable table;
  const std::string frame = codec_test::encode(Compression::zstd, "text", 3);
  table.add(frame);
  EXPECT_EQ(codec_test::decode(Compression::zstd, frame + table.encoded()).data, "text");
}

}  // namespace
}  // namespace sluice
