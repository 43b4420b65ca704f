// Formats and frame encoders, checked with the decoders and the command line tools.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/support/compression.h"
#include "stages/support/frame_encoder.h"
#include "stages/support/gzip_format.h"
#include "stages/support/stream_encoder.h"
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
  for (const auto compression : framed) {
    EXPECT_EQ(detect(encode(compression, "")), compression);
    EXPECT_EQ(detect(encode(compression, "x", levels_of(compression).lowest)), compression);
  }
  EXPECT_EQ(detect(""), Compression::none);
  EXPECT_EQ(detect("\x1f\x8b"), Compression::none);
  EXPECT_EQ(detect("PUT / HTTP/1.1"), Compression::none);
  EXPECT_EQ(detect("BZh9 is how bzip2 begins"), Compression::none);
  EXPECT_EQ(detect("BZh0\x31\x41\x59\x26\x53\x59 no such level"), Compression::none);
  EXPECT_EQ(try_detect("\x1f\x8b"), std::nullopt);
  EXPECT_EQ(try_detect("P"), std::nullopt);
  EXPECT_EQ(try_detect("PU"), Compression::none);
  EXPECT_EQ(try_detect("{"), Compression::none);
  for (const auto compression : framed) {
    const auto stream = encode(compression, "some text");
    std::size_t needed = 0;
    while (!try_detect(stream.substr(0, needed))) ++needed;
    EXPECT_LE(needed, 10U);
    EXPECT_EQ(try_detect(stream.substr(0, needed)), compression);
  }
}

TEST(Compression, IsDetectedBehindSkippableFrames) {
  const auto lz4 = encode(Compression::lz4, "x");
  const auto zstd = encode(Compression::zstd, "x");
  for (const std::size_t size : {0U, 4U, 3000U}) {
    const auto front = skippable_frame("y", 3) + skippable_frame(std::string(size, 'z'));
    EXPECT_EQ(detect(front + lz4), Compression::lz4);
    EXPECT_EQ(detect(front + zstd), Compression::zstd);
    EXPECT_EQ(detect(front), Compression::zstd);
    for (std::size_t count = 0; count < front.size() + 4; ++count) {
      EXPECT_EQ(try_detect((front + lz4).substr(0, count)), std::nullopt) << count;
    }
  }
  EXPECT_EQ(detect(skippable_frame("").substr(0, 4)), Compression::zstd);
  EXPECT_EQ(detect(skippable_frame("").substr(0, 3)), Compression::none);
  EXPECT_EQ(try_detect(skippable_frame(std::string(detection_bytes, 'z')).substr(0, 8)),
            Compression::zstd);
  std::string many;
  while (many.size() < detection_bytes + 50) many += skippable_frame("abc");
  for (std::size_t size = detection_bytes; size < many.size(); ++size) {
    EXPECT_EQ(try_detect(std::string_view(many).substr(0, size)), Compression::zstd);
  }
}

TEST(Compression, IsKnownByPath) {
  EXPECT_EQ(from_path("a/b.log.gz"), Compression::gzip);
  EXPECT_EQ(from_path("b.GZIP"), Compression::gzip);
  EXPECT_EQ(from_path("b.zst"), Compression::zstd);
  EXPECT_EQ(from_path("b.zstd"), Compression::zstd);
  EXPECT_EQ(from_path("b.bgz"), Compression::gzip);
  EXPECT_EQ(from_path("b.LZ4"), Compression::lz4);
  EXPECT_EQ(from_path("b.bz2"), Compression::bzip2);
  EXPECT_EQ(from_path("b.xz"), Compression::xz);
  EXPECT_EQ(from_path("b.zz"), Compression::zlib);
  EXPECT_EQ(from_path("b.gz.log"), Compression::none);
  EXPECT_EQ(from_path("b.tgz"), Compression::none);
  EXPECT_EQ(from_path(".gz"), Compression::none);
  EXPECT_EQ(from_path(""), Compression::none);
  EXPECT_EQ(without_compression_suffix("a/b.jsonl.ZST"), "a/b.jsonl");
  EXPECT_EQ(without_compression_suffix("a/b.csv"), "a/b.csv");
}

TEST(FrameEncoder, RoundTripsAtEveryLevel) {
  for (const auto compression : every_format) {
    // The strong ones are slow.
    const bool slow = compression == Compression::xz || compression == Compression::bzip2;
    const std::size_t size = slow ? 20'000 : 100'000;
    std::vector<std::string> inputs = {"", "x", log_text(size), random_bytes(size),
                                       std::string(size, '\0')};
    // Sizes at which stored blocks end.
    if (!slow) inputs.insert(inputs.end(), {random_bytes(65'536), random_bytes(65'535 * 2 + 1)});
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
  for (const auto compression : every_format) {
    for (const int level : {1, levels_of(compression).standard}) {
      for (std::size_t size = 0; size < 400; size += size < 20 ? 1 : 19) {
        const auto data = random_bytes(size, static_cast<unsigned>(size));
        const auto decoded = decode(compression, encode(compression, data, level), whole, 1000);
        EXPECT_EQ(decoded.error, "");
        EXPECT_TRUE(decoded.data == data);
      }
    }
  }
}

TEST(FrameEncoder, GivesTheSameBytesWhateverCameBefore) {
  for (const auto compression : framed) {
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
  for (const auto compression : framed) {
    for (const int level :
         {-1, levels_of(compression).lowest - 1, levels_of(compression).highest + 1}) {
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
  for (const auto compression : {Compression::none, Compression::zlib, Compression::deflate}) {
    EXPECT_FALSE(has_frames(compression));
    EXPECT_FALSE(make_frame_encoder(compression, 1));
  }
}

/// By their magic numbers, which begin at any bit.
int count_bzip2_blocks(std::string_view stream) {
  int count = 0;
  std::uint64_t window = 0;
  for (const char byte : stream) {
    for (unsigned bit = 8; bit-- > 0;) {
      window = (window << 1U | (static_cast<unsigned char>(byte) >> bit & 1U)) & 0xffffffffffffU;
      if (window == 0x314159265359U) ++count;
    }
  }
  return count;
}

TEST(FrameEncoder, FramesOfBzip2AreOneBlock) {
  // With the runs of four equal bytes that make a block longer.
  std::string data;
  while (data.size() < 99'000)
    data += "+0000 ----- " + log_text(100, static_cast<unsigned>(data.size()));
  data.resize(frame_content_size(Compression::bzip2, 1));
  EXPECT_EQ(count_bzip2_blocks(encode(Compression::bzip2, data, 1)), 1);
  EXPECT_EQ(count_bzip2_blocks(encode(Compression::bzip2, data + log_text(3000), 1)), 2);
  for (const auto compression : every_format) {
    EXPECT_EQ(frame_content_size(compression, levels_of(compression).standard) > 0,
              has_frames(compression));
  }
}

TEST(StreamEncoder, GivesTheSameBytesForEveryChunking) {
  const auto data = log_text(40'000) + random_bytes(20'000) + std::string(20'000, ' ');
  for (const auto compression : {Compression::zlib, Compression::deflate}) {
    for (const int level : {1, 6, 9}) {
      const auto expected = encode_stream(compression, data, level);
      for (const std::size_t in_piece : {1U, 777U, 65'537U}) {
        for (const std::size_t out_piece : {1U, 100U, 5000U}) {
          EXPECT_TRUE(encode_stream(compression, data, level, in_piece, out_piece) == expected);
        }
      }
    }
  }
}

TEST(StreamEncoder, RefusesOtherFormatsAndLevels) {
  for (const auto compression : framed) {
    const auto encoder = StreamEncoder::make(compression, 1);
    ASSERT_FALSE(encoder);
    EXPECT_EQ(encoder.error().code, ErrorCode::bad_config);
  }
  for (const int level : {-1, 0, 10}) EXPECT_FALSE(StreamEncoder::make(Compression::zlib, level));
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

/// What unpacks standard input to standard output.
std::string unpacker(Compression compression) {
  switch (compression) {
    case Compression::zlib:
      return "pigz -dc";
    case Compression::deflate:
      return "python3 -c 'import sys, zlib; "
             "sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read(), -15))'";
    default:
      return std::string(name_of(compression)) + " -dc";
  }
}

bool have_tool_of(const std::string& command) { return have(command.substr(0, command.find(' '))); }

TEST(CommandLineTools, ReadWhatWeWrite) {
  const TemporaryFolder folder;
  const auto data = log_text(400'000);
  int checked = 0;
  for (const auto compression : every_format) {
    const auto command = unpacker(compression);
    if (!have_tool_of(command)) continue;
    for (const int level : {1, 9}) {
      const auto expected = data + random_bytes(1000);
      const auto stream = has_frames(compression)
                              ? encode(compression, data, level) + encode(compression, "", level) +
                                    encode(compression, random_bytes(1000), level)
                              : encode(compression, expected, level);
      const auto path = folder.write("data", stream);
      int status = 0;
      const auto output = output_of(command + " < " + path, status);
      EXPECT_EQ(status, 0) << command;
      EXPECT_TRUE(output == expected) << command;
      ++checked;
    }
  }
  if (checked == 0) GTEST_SKIP() << "no program of any format is installed";
}

TEST(CommandLineTools, WriteWhatWeRead) {
  const TemporaryFolder folder;
  const auto data = log_text(1'500'000);
  const auto path = folder.write("data.log", data);
  const std::vector<std::pair<Compression, std::string>> commands = {
      {Compression::gzip, "gzip -1 -c"},
      {Compression::gzip, "gzip -9 -c"},
      {Compression::gzip, "bgzip -c"},
      {Compression::zstd, "zstd -1 -c -q"},
      {Compression::zstd, "zstd -12 --long=27 -c -q"},
      {Compression::zstd, "zstd --no-check -5 -c -q"},
      {Compression::lz4, "lz4 -1 -c -q"},
      {Compression::lz4, "lz4 -9 -B4 -BD -BX --content-size -c -q"},
      {Compression::lz4, "lz4 -3 -B5 --no-frame-crc -c -q"},
      {Compression::bzip2, "bzip2 -1 -c"},
      {Compression::bzip2, "bzip2 -9 -c"},
      {Compression::xz, "xz -0 -c"},
      {Compression::xz, "xz -1 -T2 --block-size=1MiB --check=sha256 -c"},
      {Compression::xz, "xz -0 --check=none --x86 --lzma2=preset=0 -c"},
      {Compression::zlib, "pigz -z -c"}};
  int checked = 0;
  for (const auto& [compression, command] : commands) {
    if (!have_tool_of(command)) continue;
    SCOPED_TRACE(command);
    int status = 0;
    const auto stream = output_of(command + " " + path, status);
    EXPECT_EQ(status, 0);
    expect_whole(compression, stream, data);
    ++checked;
  }
  if (checked == 0) GTEST_SKIP() << "no program of any format is installed";
}

}  // namespace
}  // namespace sluice
