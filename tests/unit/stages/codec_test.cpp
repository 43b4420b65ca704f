// Formats and frame encoders, checked with the decoders and the command line tools.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "stages/support/compression.h"
#include "stages/support/frame_encoder.h"
#include "stages/support/gzip_format.h"
#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

using namespace codec_test;

bool have(const std::string& tool) {
  return std::system(("command -v " + tool + " >/dev/null 2>&1").c_str()) == 0;
}

std::string output_of(const std::string& command, int& exit_status) {
  std::string output;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) {
    exit_status = -1;
    return output;
  }
  std::array<char, 65536> buffer{};
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), count);
  }
  exit_status = pclose(pipe);
  return output;
}

TEST(Compression, IsDetectedByMagic) {
  EXPECT_EQ(detect(encode(Compression::gzip, "x")), Compression::gzip);
  EXPECT_EQ(detect(encode(Compression::zstd, "x")), Compression::zstd);
  EXPECT_EQ(detect(skippable_frame("x", 15)), Compression::zstd);
  EXPECT_EQ(detect(""), Compression::none);
  EXPECT_EQ(detect("\x1f\x8b"), Compression::none);
  EXPECT_EQ(detect("PUT / HTTP/1.1"), Compression::none);
  EXPECT_EQ(try_detect("\x1f\x8b"), std::nullopt);
  EXPECT_EQ(try_detect("P"), std::nullopt);
  EXPECT_EQ(try_detect("PU"), Compression::none);
  EXPECT_EQ(try_detect("{"), Compression::none);
}

TEST(Compression, IsKnownByPath) {
  EXPECT_EQ(from_path("a/b.log.gz"), Compression::gzip);
  EXPECT_EQ(from_path("b.GZIP"), Compression::gzip);
  EXPECT_EQ(from_path("b.zst"), Compression::zstd);
  EXPECT_EQ(from_path("b.zstd"), Compression::zstd);
  EXPECT_EQ(from_path("b.gz.log"), Compression::none);
  EXPECT_EQ(from_path(""), Compression::none);
}

TEST(FrameEncoder, RoundTripsAtEveryLevel) {
  const std::vector<std::string> inputs = {"",
                                           "x",
                                           log_text(300'000),
                                           random_bytes(300'000),
                                           std::string(300'000, '\0'),
                                           random_bytes(65'536),
                                           random_bytes(65'535 * 2 + 1)};
  for (const auto compression : both) {
    const auto range = levels_of(compression);
    for (int level = range.lowest; level <= range.highest; ++level) {
      for (const auto& input : inputs) {
        const auto stream = encode(compression, input, level);
        SCOPED_TRACE(std::string(name_of(compression)) + " level " + std::to_string(level));
        expect_whole(compression, stream, input);
      }
    }
  }
}

TEST(FrameEncoder, BoundHoldsForIncompressibleDataOfEverySize) {
  for (const auto compression : both) {
    for (const int level : {1, levels_of(compression).standard}) {
      for (std::size_t size = 0; size < 400; ++size) {
        const auto data = random_bytes(size, static_cast<unsigned>(size));
        expect_whole(compression, encode(compression, data, level), data);
      }
    }
  }
}

TEST(FrameEncoder, GivesTheSameBytesWhateverCameBefore) {
  for (const auto compression : both) {
    for (const int level : {1, levels_of(compression).standard}) {
      auto encoder = make_frame_encoder(compression, level);
      ASSERT_TRUE(encoder);
      const auto data = log_text(100'000);
      for (const auto& before : {random_bytes(5000), std::string(), data}) {
        std::string out(encoder.value()->bound(100'000), '\0');
        ASSERT_TRUE(encoder.value()->encode(before, out));
        const auto size = encoder.value()->encode(data, out);
        ASSERT_TRUE(size);
        EXPECT_TRUE(out.substr(0, size.value()) == encode(compression, data, level));
      }
    }
  }
}

TEST(FrameEncoder, RefusesLevelsOutOfRangeAndSmallOutput) {
  for (const auto compression : both) {
    for (const int level : {-1, 0, levels_of(compression).highest + 1}) {
      const auto encoder = make_frame_encoder(compression, level);
      ASSERT_FALSE(encoder);
      EXPECT_EQ(encoder.error().code, ErrorCode::bad_config);
    }
    for (const int level : {1, levels_of(compression).standard}) {
      auto encoder = make_frame_encoder(compression, level);
      ASSERT_TRUE(encoder);
      const auto data = random_bytes(5000);
      for (const std::size_t room : {0U, 1U, 27U, 28U, 29U, 100U, 4999U}) {
        std::string out(room, '\0');
        const auto size = encoder.value()->encode(data, out);
        ASSERT_FALSE(size);
        EXPECT_EQ(size.error().code, ErrorCode::limit);
      }
    }
  }
  EXPECT_FALSE(make_frame_encoder(Compression::none, 1));
}

TEST(GzipFormat, MemberSizesLeadFromMemberToMember) {
  std::string stream;
  for (const int level : {1, 6, 9}) stream += encode(Compression::gzip, log_text(70'000), level);
  stream += encode(Compression::gzip, "");
  int members = 0;
  for (std::string_view rest = stream; !rest.empty(); ++members) {
    const auto size = gzip_member_size(rest.substr(0, gzip_header_size_bytes));
    ASSERT_TRUE(size);
    ASSERT_LE(*size, rest.size());
    EXPECT_EQ(decode(Compression::gzip, rest.substr(0, *size)).parts, 1);
    rest.remove_prefix(*size);
  }
  EXPECT_EQ(members, 4);
  EXPECT_FALSE(gzip_member_size(stream.substr(0, gzip_header_size_bytes - 1)));
  EXPECT_FALSE(gzip_member_size(member_with_all_fields("x")));
  EXPECT_FALSE(gzip_member_size(""));
}

TEST(CommandLineTools, ReadWhatWeWrite) {
  const TemporaryFolder folder;
  const auto data = log_text(400'000);
  int checked = 0;
  for (const auto compression : both) {
    const auto tool = std::string(name_of(compression));
    if (!have(tool)) continue;
    for (const int level : {1, 2, 6, 9}) {
      const auto stream = encode(compression, data, level) + encode(compression, "", level) +
                          encode(compression, random_bytes(1000), level);
      const auto path = folder.write("data", stream);
      int status = 0;
      const auto output = output_of(tool + " -dc < " + path, status);
      EXPECT_EQ(status, 0);
      EXPECT_TRUE(output == data + random_bytes(1000));
      output_of(tool + " -t < " + path + " 2>&1", status);
      EXPECT_EQ(status, 0);
      ++checked;
    }
  }
  if (checked == 0) GTEST_SKIP() << "neither gzip nor zstd is installed";
}

TEST(CommandLineTools, WriteWhatWeRead) {
  const TemporaryFolder folder;
  const auto data = log_text(3'000'000);
  const auto path = folder.write("data.log", data);
  int checked = 0;
  for (const std::string command :
       {"gzip -1", "gzip -9", "zstd -1", "zstd -12 --long=27", "zstd --no-check -5"}) {
    const auto compression = command[0] == 'g' ? Compression::gzip : Compression::zstd;
    if (!have(std::string(name_of(compression)))) continue;
    int status = 0;
    const auto stream = output_of(command + " -c -q " + path, status);
    EXPECT_EQ(status, 0);
    expect_whole(compression, stream, data);
    ++checked;
  }
  if (checked == 0) GTEST_SKIP() << "neither gzip nor zstd is installed";
}

}  // namespace
}  // namespace sluice
