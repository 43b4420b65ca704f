#include "stages/support/part_scan.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "stages/support/gzip_format.h"
#include "tests/support/test_effort.h"
#include "tests/unit/stages/part_fixture.h"

namespace sluice::codec_test {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20U;

struct Scan {
  std::vector<std::vector<StoredPart>> groups;
  std::uint64_t offset = 0;
  bool at_end = false;

  std::vector<StoredPart> parts() const {
    std::vector<StoredPart> all;
    for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
    return all;
  }
};

class PartScanTest : public ::testing::Test {
 protected:
  /// Scans and checks what holds for every scan.
  Scan scan(Compression compression, std::string_view bytes, PartLimits limits = {mebibyte, 0},
            std::uint64_t begin = 0) {
    const File file = File::open(Io::system(), folder_.write("file", bytes), O_RDONLY).value();
    PartScanner scanner(file, compression, begin, bytes.size());
    Scan result;
    std::uint64_t last_end = begin;
    while (true) {
      const auto group = scanner.next_group(limits);
      EXPECT_TRUE(group);
      if (!group || group.value().empty()) break;
      std::size_t content = 0;
      const std::vector<StoredPart>& parts = group.value();
      for (std::size_t i = 0; i < parts.size(); ++i) {
        EXPECT_GE(parts[i].offset, last_end);
        EXPECT_TRUE(i == 0 || parts[i].offset == last_end);
        EXPECT_GT(parts[i].size, 0U);
        EXPECT_LE(parts[i].content, limits.part_content);
        EXPECT_LE(parts[i].size, limits.part_content + part_overhead_bytes);
        last_end = parts[i].offset + parts[i].size;
        content += parts[i].content;
      }
      EXPECT_LE(last_end, bytes.size());
      EXPECT_GE(scanner.offset(), last_end);
      EXPECT_TRUE(parts.size() == 1 || content <= limits.group_content);
      result.groups.push_back(parts);
    }
    const std::uint64_t offset = scanner.offset();
    EXPECT_TRUE(scanner.next_group(limits).value().empty()) << "stays so";
    EXPECT_EQ(scanner.offset(), offset);
    EXPECT_EQ(scanner.at_end(), offset == bytes.size());
    result.offset = offset;
    result.at_end = scanner.at_end();
    return result;
  }

  /// `bytes` holds parts up to `offset`, and none behind.
  void expect_stop(Compression compression, std::string_view bytes, std::size_t parts,
                   std::uint64_t offset) {
    const Scan result = scan(compression, bytes);
    EXPECT_EQ(result.parts().size(), parts);
    EXPECT_EQ(result.offset, offset);
  }

  TemporaryFolder folder_;
};

TEST_F(PartScanTest, FindsEveryPart) {
  std::mt19937 random(1);
  for (const PartKind kind : whole_kinds) {
    for (int round = 0; round < 10; ++round) {
      const std::string text = log_text(1 + random() % 300'000, static_cast<unsigned>(random()));
      const std::string bytes = join_parts(make_parts(kind, text, 40'000, random));
      // Frames without a content size are taken for as large as their blocks may be.
      const PartLimits limits{std::size_t{1} << 30U, random() % 100'000};
      const Scan result = scan(compression_of(kind), bytes, limits);
      EXPECT_TRUE(result.at_end);
      std::string decoded;
      for (const StoredPart& part : result.parts()) {
        const Decoded one = decode(compression_of(kind), bytes.substr(part.offset, part.size));
        EXPECT_EQ(one.error, "");
        EXPECT_EQ(one.parts, 1);
        EXPECT_LE(one.data.size(), part.content);
        EXPECT_TRUE(!part.content_known || one.data.size() == part.content);
        decoded += one.data;
      }
      EXPECT_TRUE(decoded == text);
    }
  }
}

TEST_F(PartScanTest, GroupsSmallPartsAndLeavesLargeOnesAlone) {
  const std::string large = bgzf_block(std::string(50'000, 'x'));
  const std::string small = bgzf_block(std::string(1000, 'y'));
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += small;
  bytes += large + large + small;
  const Scan result = scan(Compression::gzip, bytes, {mebibyte, 4000});
  std::vector<std::size_t> sizes;
  for (const auto& group : result.groups) sizes.push_back(group.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 4, 2, 1, 1, 1}));
}

TEST_F(PartScanTest, LimitsTheNumberOfPartsInAGroup) {
  std::string bytes;
  const std::string empty = encode(Compression::zstd, "");
  for (std::size_t i = 0; i <= most_parts_of_group; ++i) bytes += empty;
  EXPECT_EQ(scan(Compression::zstd, bytes, {mebibyte, mebibyte}).groups.size(), 2U);
}

TEST_F(PartScanTest, ReadsTheMarkerAtTheEndOfBgzf) {
  const std::string bytes = bgzf_block("text\n") + bgzf_block("");
  const Scan result = scan(Compression::gzip, bytes);
  ASSERT_EQ(result.parts().size(), 2U);
  EXPECT_EQ(result.parts()[1].content, 0U);
  EXPECT_TRUE(result.at_end);
}

TEST_F(PartScanTest, BeginsWhereItIsTold) {
  const std::string bytes = "12345" + encode(Compression::zstd, "text");
  const Scan result = scan(Compression::zstd, bytes, {mebibyte, 0}, 5);
  ASSERT_EQ(result.parts().size(), 1U);
  EXPECT_EQ(result.parts()[0].offset, 5U);
}

TEST_F(PartScanTest, SkipsSkippableFrames) {
  const std::string skipped = skippable_frame(std::string(10'000, 's'), 5);
  const std::string frame = encode(Compression::zstd, "text");
  expect_stop(Compression::zstd, skipped + skipped + frame + skipped, 1,
              3 * skipped.size() + frame.size());
  expect_stop(Compression::zstd, skipped, 0, skipped.size());
  expect_stop(Compression::zstd, frame + skipped.substr(0, 9000), 1, frame.size());
  expect_stop(Compression::zstd, frame + skipped.substr(0, 6), 1, frame.size());
}

TEST_F(PartScanTest, StopsAtEveryTruncation) {
  std::mt19937 random(2);
  for (const PartKind kind :
       {PartKind::own_gzip, PartKind::bgzf, PartKind::own_zstd, PartKind::streamed_zstd}) {
    const std::string first = make_part(kind, "the first part\n", random);
    const std::string second = make_part(kind, log_text(300), random);
    for (std::size_t cut = 1; cut < second.size(); ++cut) {
      SCOPED_TRACE(cut);
      expect_stop(compression_of(kind), first + second.substr(0, cut), 1, first.size());
    }
  }
}

TEST_F(PartScanTest, StopsAtWhatIsNoPart) {
  for (const Compression compression : both) {
    const std::string part = encode(compression, "text\n");
    for (const std::string garbage : {"garbage that is long enough to be looked at", "x", "\0\0"}) {
      expect_stop(compression, part + garbage, 1, part.size());
      expect_stop(compression, garbage, 0, 0);
    }
    const Compression other =
        compression == Compression::gzip ? Compression::zstd : Compression::gzip;
    expect_stop(compression, part + encode(other, "text\n"), 1, part.size());
  }
}

TEST_F(PartScanTest, FindsNothingInOtherFormats) {
  for (const Compression compression : {Compression::lz4, Compression::bzip2}) {
    expect_stop(compression, encode(compression, "text\n"), 0, 0);
  }
}

/// Decodes one block by itself.
std::string decode_block(std::string_view bytes, const StoredPart& part) {
  const auto decoder = make_decoder(Compression::xz);
  decoder->restart_at_block(part.offset, part.xz_check.value());
  std::string text(part.content + 1, '\0');
  // What lies behind the block must stay untouched.
  const auto step = decoder->decode(bytes.substr(part.offset), text);
  if (!step) return "error: " + step.error().message;
  EXPECT_TRUE(step.value().at_part_end);
  EXPECT_EQ(step.value().consumed, part.size);
  text.resize(step.value().produced);
  return text;
}

TEST_F(PartScanTest, FindsTheBlocksOfXz) {
  const std::vector<std::string> texts = {log_text(70'000, 1), "x", log_text(5000, 2), "end\n"};
  for (const lzma_check check : {LZMA_CHECK_NONE, LZMA_CHECK_CRC32, LZMA_CHECK_SHA256}) {
    const std::string two = xz_of_blocks({texts[0], texts[1]}, check);
    const std::string padding(8, '\0');
    const std::string bytes = two + padding + xz_of_blocks({}) + padding +
                              xz_of_blocks({texts[2], texts[3]}) + xz_of_blocks({}) + padding;
    const Scan result = scan(Compression::xz, bytes, {mebibyte, mebibyte});
    EXPECT_TRUE(result.at_end);
    // A group has no blocks of two streams.
    ASSERT_EQ(result.groups.size(), 2U);
    const std::vector<StoredPart> parts = result.parts();
    ASSERT_EQ(parts.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(parts[i].content, texts[i].size());
      EXPECT_TRUE(parts[i].content_known);
      EXPECT_TRUE(decode_block(bytes, parts[i]) == texts[i]);
    }
    // The end of a block is a place to begin at.
    const Scan rest = scan(Compression::xz, bytes, {mebibyte, 0}, parts[1].offset);
    ASSERT_EQ(rest.parts().size(), 3U);
    EXPECT_EQ(rest.parts()[0].offset, parts[1].offset);
    EXPECT_TRUE(scan(Compression::xz, bytes, {mebibyte, 0}, parts[1].offset + 4).parts().empty());
  }
}

TEST_F(PartScanTest, LeavesAStreamOfXzWithALargeBlockToOthers) {
  const std::string fits = xz_of_blocks({std::string(mebibyte, 'x'), "y"});
  const std::string above = xz_of_blocks({"y", std::string(mebibyte + 1, 'x')});
  expect_stop(Compression::xz, fits + above + fits, 2, fits.size());
  expect_stop(Compression::xz, above + fits, 0, 0);
}

TEST_F(PartScanTest, FindsNoBlockInAFileThatIsNotWholeStreamsOfXz) {
  const std::string whole_file = xz_of_blocks({"one\n", "two\n"}) + xz_of_blocks({"three\n"});
  expect_stop(Compression::xz, whole_file, 3, whole_file.size());
  for (std::size_t size = 0; size < whole_file.size(); ++size) {
    // What is left of the second stream hides the first one.
    const bool first_alone = size == xz_of_blocks({"one\n", "two\n"}).size();
    if (!first_alone) expect_stop(Compression::xz, whole_file.substr(0, size), 0, 0);
  }
  expect_stop(Compression::xz, whole_file + "garbage!", 0, 0);
  expect_stop(Compression::xz, whole_file + std::string(3, '\0'), 0, 0);
  std::string damaged = whole_file;
  damaged[damaged.size() - 17] ^= 1;  // In the index of the last stream.
  expect_stop(Compression::xz, damaged, 0, 0);
}

TEST_F(PartScanTest, StopsAtMembersWithoutAUsableSize) {
  const std::string part = encode(Compression::gzip, "text\n");
  expect_stop(Compression::gzip, part + member_with_all_fields("text"), 1, part.size());
  for (const std::size_t lie : {std::size_t{0}, std::size_t{19}, std::size_t{27}, part.size() + 1,
                                std::size_t{0xffffffff}}) {
    std::string lying = part;
    for (unsigned i = 0; i < 4; ++i) lying[16 + i] = static_cast<char>(lie >> (8 * i) & 0xffU);
    expect_stop(Compression::gzip, part + lying, 1, part.size());
  }
  std::string reserved = part;
  reserved[3] = static_cast<char>(reserved[3] | 0x80);
  expect_stop(Compression::gzip, part + reserved, 1, part.size());
  std::string huge = part;  // by its trailer
  huge[huge.size() - 1] = '\x7f';
  expect_stop(Compression::gzip, part + huge + part, 1, part.size());
}

TEST_F(PartScanTest, StopsAtPartsThatAreTooLarge) {
  for (const Compression compression : both) {
    const std::string fits = encode(compression, std::string(mebibyte, 'x'));
    const std::string above = encode(compression, std::string(mebibyte + 1, 'x'));
    expect_stop(compression, fits + above + fits, 1, fits.size());
    const std::string random = encode(compression, random_bytes(mebibyte));
    expect_stop(compression, random + random, 2, 2 * random.size());
  }
  std::string empty_blocks("\x28\xb5\x2f\xfd\x00\x38", 6);
  for (std::size_t i = 0; i < mebibyte; ++i) empty_blocks.append("\0\0\0", 3);
  expect_stop(Compression::zstd, empty_blocks + std::string("\1\0\0", 3), 0, 0);
  // Eight blocks of 128 KiB may be 1 MiB, nine are too many, however little is in them.
  expect_stop(Compression::zstd, streamed_frame(log_text(800), true, 100), 1,
              streamed_frame(log_text(800), true, 100).size());
  EXPECT_FALSE(scan(Compression::zstd, streamed_frame(log_text(2000), true, 100)).at_end);
}

/// A frame header with this descriptor, and one last empty raw block behind it.
std::string frame_of(unsigned descriptor, std::string_view fields,
                     std::string_view block = {"\1\0\0", 3}) {
  std::string frame = "\x28\xb5\x2f\xfd";
  frame += static_cast<char>(descriptor);
  return frame.append(fields).append(block);
}

TEST_F(PartScanTest, KnowsTheFieldsOfAFrame) {
  const std::string window(1, '\x38');
  const auto one = [&](const std::string& frame, std::size_t content, bool known) {
    const Scan result = scan(Compression::zstd, frame);
    ASSERT_EQ(result.parts().size(), 1U);
    EXPECT_EQ(result.parts()[0].size, frame.size());
    EXPECT_EQ(result.parts()[0].content, content);
    EXPECT_EQ(result.parts()[0].content_known, known);
  };
  one(frame_of(0, window), 0, false);
  one(frame_of(0x20, {"\x05", 1}), 5, true);
  one(frame_of(0x60, {"\x05\x01", 2}), 256 + 0x105, true);
  one(frame_of(0x40, window + std::string("\0\0", 2)), 256, true);
  one(frame_of(0x80, window + std::string("\1\0\1\0", 4)), 0x10001, true);
  one(frame_of(0xc0, window + std::string("\1\0\0\0\0\0\0\0", 8)), 1, true);
  one(frame_of(0x01, window + std::string("\0", 1)), 0, false);      // dictionary 0 is none
  one(frame_of(0x04, window) + "sum!", 0, false);                    // a checksum
  one(frame_of(0x10, window), 0, false);                             // unused bit
  one(frame_of(0, window, {"\x43\x00\x00z", 4}), 8, false);          // 8 times z
  one(frame_of(0, window, {"\x41\x00\x00zzzzzzzz", 11}), 8, false);  // as it is
}

TEST_F(PartScanTest, LeavesUnusualFramesToTheDecoder) {
  const std::string window(1, '\x38');
  for (const std::string& frame :
       {frame_of(0x08, window),                       // reserved bit
        frame_of(0x01, window + "\x07"),              // a dictionary
        frame_of(0x03, window + "\x01\x02\x03\x04"),  // another
        frame_of(0, "\x89"),                          // window above 128 MiB
        frame_of(0xe0, std::string(8, '\xff')),       // content of 2^64 - 1
        frame_of(0, window, {"\x07\0\0", 3}),         // reserved block type
        frame_of(0, window, std::string("\x01\x00\x20", 3) + std::string(1 << 18, 'x')),
        frame_of(0, {"\0", 1}, std::string("\x01\x40\x00", 3) + std::string(2048, 'x')),
        frame_of(0, window, {"\0\0\0", 3})}) {  // no last block
    expect_stop(Compression::zstd, frame, 0, 0);
  }
}

TEST_F(PartScanTest, NeverLeavesTheFileWhateverItSays) {
  std::mt19937 random(3);
  for (const PartKind kind : all_kinds) {
    const std::string good = join_parts(make_parts(kind, log_text(5000), 600, random));
    for (int round = 0; round < rounds(300); ++round) {
      std::string bad = good;
      for (int i = 0; i < 3; ++i) bad[random() % bad.size()] = static_cast<char>(random());
      scan(compression_of(kind), bad, {2000, random() % 3000});
    }
  }
}

/// Fails the n-th read.
class FailingIo final : public Io {
 public:
  explicit FailingIo(int good) : good_(good) {}
  ssize_t pread(int fd, void* to, std::size_t count, off_t offset) override {
    if (good_-- > 0) return Io::pread(fd, to, count, offset);
    errno = EIO;
    return -1;
  }

 private:
  int good_;
};

TEST_F(PartScanTest, ReportsReadErrors) {
  const std::string text = random_bytes(200'000);
  for (const Compression compression : {Compression::gzip, Compression::zstd, Compression::xz}) {
    const std::string path = folder_.write("file", encode(compression, text, 1));
    for (int good = 0; good < 2; ++good) {
      FailingIo io(good);
      const File file = File::open(io, path, O_RDONLY).value();
      PartScanner scanner(file, compression, 0, std::filesystem::file_size(path));
      const auto group = scanner.next_group({mebibyte, mebibyte});
      ASSERT_FALSE(group);
      EXPECT_EQ(group.error().code, ErrorCode::io);
      EXPECT_EQ(group.error().file, path);
    }
  }
}

}  // namespace
}  // namespace sluice::codec_test
