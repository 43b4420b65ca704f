#include "stages/support/bgzf.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>

#include "stages/support/gzip_format.h"
#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

std::string encoded(std::string_view content, int level = 6) {
  const auto encoder = make_bgzf_encoder(level).value();
  std::string out(encoder->bound(content.size()), '\0');
  out.resize(encoder->encode(content, out).value());
  return out;
}

/// By zlib, member by member.
std::string decoded(std::string_view blocks) {
  std::string content;
  while (!blocks.empty()) {
    z_stream state{};
    inflateInit2(&state, 16 + MAX_WBITS);
    std::string out(1 << 16, '\0');
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(blocks.data()));
    state.avail_in = static_cast<uInt>(blocks.size());
    state.next_out = reinterpret_cast<Bytef*>(out.data());
    state.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&state, Z_FINISH), Z_STREAM_END);
    content.append(out, 0, state.total_out);
    EXPECT_EQ(gzip_member_size(blocks), state.total_in);
    blocks.remove_prefix(state.total_in);
    inflateEnd(&state);
  }
  return content;
}

TEST(Bgzf, ZlibReadsTheBlocksOfAnyContent) {
  for (const std::size_t size : {1U, 0xff00U - 1, 0xff00U, 0xff00U + 1, 300'000U}) {
    for (const std::string& content :
         {codec_test::log_text(size), codec_test::random_bytes(size), std::string(size, '\0')}) {
      for (const int level : {1, 6, 9}) EXPECT_EQ(decoded(encoded(content, level)), content);
    }
  }
}

TEST(Bgzf, WithoutContentItIsTheEndBlock) {
  EXPECT_EQ(encoded(""), bgzf_end);
  EXPECT_EQ(decoded(bgzf_end), "");
}

TEST(Bgzf, RefusesLevelsThatGzipDoesNotHave) {
  EXPECT_FALSE(make_bgzf_encoder(0));
  EXPECT_FALSE(make_bgzf_encoder(10));
}

TEST(Bgzf, TheIndexKnowsWhereBlocksBegin) {
  const std::string content = codec_test::log_text(2 * bgzf_content_bytes + 10);
  const std::string blocks = encoded(content);
  BgzfIndex index;
  index.add(blocks);
  index.add(bgzf_end);
  const std::string bytes = index.encoded();
  const auto number = [&](std::size_t at) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + 8 * at, 8);
    return value;
  };
  ASSERT_EQ(bytes.size(), 8U + 2 * 16U);
  EXPECT_EQ(number(0), 2U);
  const std::uint64_t second = *gzip_member_size(blocks);
  EXPECT_EQ(number(1), second);
  EXPECT_EQ(number(2), bgzf_content_bytes);
  EXPECT_EQ(number(3), second + *gzip_member_size(std::string_view(blocks).substr(second)));
  EXPECT_EQ(number(4), 2 * bgzf_content_bytes);
  EXPECT_EQ(BgzfIndex().encoded(), std::string(8, '\0'));
}

}  // namespace
}  // namespace sluice
