// The decoding reader over files and pipes.
#include "stages/support/decoding_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/io.h"
#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

using namespace codec_test;

File open_file(const std::string& path) {
  auto file = File::open(Io::system(), path, O_RDONLY);
  EXPECT_TRUE(file);
  return std::move(file).value();
}

std::string read_all(DecodingReader& reader, std::size_t piece, std::string& error) {
  std::string data;
  std::string out(piece, '\0');
  while (true) {
    const auto count = reader.read(out);
    if (!count) {
      error = to_string(count.error());
      EXPECT_EQ(to_string(reader.read(out).error()), error);
      return data;
    }
    if (count.value() == 0) return data;
    data.append(out, 0, count.value());
    EXPECT_EQ(reader.decoded_offset(), data.size());
    EXPECT_LE(reader.compressed_offset(), reader.bytes_read());
  }
}

TEST(DecodingReader, ReadsAnyFormatByItsBytes) {
  const TemporaryFolder folder;
  for (const auto& data : {std::string(), std::string("x"), log_text(400'000)}) {
    std::vector<Compression> compressions(framed.begin(), framed.end());
    compressions.push_back(Compression::none);
    for (const auto compression : compressions) {
      const auto stored = compression == Compression::none ? data : encode(compression, data);
      const auto path = folder.write("misleading.gz", stored);
      for (const std::size_t piece : {100U, 300'000U, 1U << 21U}) {
        DecodingReader reader(open_file(path));
        std::string error;
        EXPECT_TRUE(read_all(reader, piece, error) == data);
        EXPECT_EQ(error, "");
        EXPECT_EQ(reader.compression().value(), compression);
        EXPECT_EQ(reader.bytes_read(), stored.size());
        EXPECT_EQ(reader.compressed_offset(), stored.size());
      }
    }
  }
}

TEST(DecodingReader, ReturnsGoodBytesBeforeTheErrorWithFileAndOffset) {
  const TemporaryFolder folder;
  const auto data = log_text(500'000);
  for (const auto compression : framed) {
    const auto stream = encode(compression, data);
    const auto path = folder.write("cut", stream.substr(0, stream.size() - 1));
    DecodingReader reader(open_file(path));
    std::string error;
    EXPECT_TRUE(read_all(reader, 70'000, error) == data);
    EXPECT_NE(error.find("ends too early"), std::string::npos);
    EXPECT_NE(error.find(path + " at byte " + std::to_string(stream.size() - 1)), std::string::npos)
        << error;
  }
}

TEST(DecodingReader, HoldsADeclaredCompressionAgainstTheData) {
  const TemporaryFolder folder;
  const auto path = folder.write("plain", "hello");
  DecodingReader reader(open_file(path), Compression::gzip);
  std::string error;
  EXPECT_EQ(read_all(reader, 10, error), "");
  EXPECT_NE(error.find("not a gzip member"), std::string::npos);
  DecodingReader raw(open_file(folder.write("gz", encode(Compression::gzip, "x"))),
                     Compression::none);
  EXPECT_EQ(read_all(raw, 10, error), encode(Compression::gzip, "x"));
}

TEST(DecodingReader, IsLiveOnAPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  File writer(Io::system(), ends[1], "writer");
  DecodingReader reader(File(Io::system(), ends[0], "reader"));
  std::string out(1000, '\0');
  ASSERT_TRUE(writer.write_all(std::string_view("one\n")));
  EXPECT_EQ(reader.read(out).value(), 4U);
  ASSERT_TRUE(writer.write_all(std::string_view("two\n")));
  ASSERT_TRUE(writer.write_all(std::string_view("three\n")));
  EXPECT_EQ(reader.read(out).value(), 10U);
  ASSERT_TRUE(writer.close());
  EXPECT_EQ(reader.read(out).value(), 0U);
}

TEST(DecodingReader, IsLiveOnACompressedPipe) {
  for (const auto compression : framed) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    File writer(Io::system(), ends[1], "writer");
    DecodingReader reader(File(Io::system(), ends[0], "reader"));
    std::string out(1000, '\0');
    const auto next = encode(compression, "two");
    ASSERT_TRUE(writer.write_all(encode(compression, "one") + next.substr(0, 3)));
    EXPECT_EQ(reader.read(out).value(), 3U);
    ASSERT_TRUE(writer.write_all(std::string_view(next).substr(3)));
    EXPECT_EQ(reader.read(out).value(), 3U);
    EXPECT_EQ(out.substr(0, 3), "two");
    ASSERT_TRUE(writer.close());
    EXPECT_EQ(reader.read(out).value(), 0U);
  }
}

}  // namespace
}  // namespace sluice
