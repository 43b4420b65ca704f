// Loading compressed files by their parts, through the source `file`, against plain models.
#include "stages/support/part_loading.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/gzip_format.h"
#include "stages/support/little_endian.h"
#include "tests/support/stage_harness.h"
#include "tests/support/test_effort.h"
#include "tests/unit/stages/part_fixture.h"
#include "tests/unit/stages/sources/line_model.h"

namespace sluice {

void register_file(Registry& registry);

namespace codec_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

class PartLoadingTest : public ::testing::Test {
 protected:
  SourceOutput read(std::string_view bytes, std::size_t buffer, std::vector<Entry> more = {},
                    const std::function<void(const Batch&)>& on_batch = nullptr) {
    path_ = folder_.write("file", bytes);
    more.push_back(option("paths", path_));
    return SourceHarness(register_file, std::move(more)).run(buffer, on_batch);
  }

  TemporaryFolder folder_;
  std::string path_;
};

TEST_F(PartLoadingTest, GivesTheRecordsOfTheTextWhereverPartsEnd) {
  std::mt19937 random(20240601);
  for (int round = 0; round < rounds(16); ++round) {
    const PartKind kind = all_kinds[random() % std::size(all_kinds)];
    const std::size_t max_record = std::vector<std::size_t>{64, 200, 5000, 1U << 20U}[random() % 4];
    // Many parts in a small text, or fewer in a large one: making them is what takes time here.
    const bool tiny = random() % 2 == 0;
    const std::size_t largest = 1 + (tiny ? random() % 30 : random() % 70'000);
    const std::string text =
        random_text(random, 1U << (4 + random() % (tiny ? 8 : 13)), max_record);
    std::string bytes = join_parts(make_parts(kind, text, largest, random));
    const std::string mode = random() % 2 == 0 ? "truncate" : "drop";
    const auto expected = model_records(text, max_record, mode);
    for (const std::size_t buffer : {64U, 1000U, 65536U, 3U << 20U}) {
      SCOPED_TRACE("round " + std::to_string(round) + " kind " +
                   std::to_string(static_cast<int>(kind)) + " buffer " + std::to_string(buffer));
      const SourceOutput output =
          read(bytes, buffer,
               {option("max_record", std::to_string(max_record) + "B"), option("oversize", mode)});
      ASSERT_TRUE(output.status) << to_string(output.status.error());
      ASSERT_EQ(output.records, expected);
      ASSERT_EQ(output.counted, expected.size());
      ASSERT_EQ(output.progress.read_bytes, bytes.size());
      ASSERT_EQ(output.progress.total_bytes, bytes.size());
    }
  }
}

TEST_F(PartLoadingTest, GoesOnAsAStreamBehindTheLastPartOfKnownSize) {
  std::mt19937 random(5);
  const std::string text = log_text(6U << 20U);
  for (const Compression compression : both) {
    // Parts, one that is too large, more parts: the latter belong to the stream.
    std::string bytes;
    const std::size_t sizes[] = {700'001, 900'002, 2'500'003, 10, 1'000'000};
    std::size_t at = 0;
    for (const std::size_t size : sizes) {
      bytes += encode(compression, text.substr(at, size), 1);
      at += size;
    }
    // Members without a size, or frames; and padding.
    bytes += compression == Compression::gzip
                 ? member_with_all_fields(text.substr(at)) + std::string(700, '\0')
                 : streamed_frame(text.substr(at), true, 1U << 20U);
    for (const std::size_t buffer : {4096U, 512U << 10U, 4U << 20U}) {
      const SourceOutput output = read(bytes, buffer, {}, [&](const Batch& batch) {
        const std::uint64_t offset = batch.origin().offset;
        EXPECT_TRUE(text.substr(offset, batch.bytes().size()) == batch.bytes()) << offset;
      });
      ASSERT_TRUE(output.status) << to_string(output.status.error());
      EXPECT_TRUE(output.bytes == text);
      EXPECT_EQ(output.progress.read_bytes, bytes.size());
    }
  }
}

TEST_F(PartLoadingTest, HandlesALineThatIsLongerThanManyParts) {
  const std::string text = "a\n" + std::string(100'000, 'x') + "\nb\n" + std::string(64, 'y');
  std::mt19937 random(6);
  for (const PartKind kind : all_kinds) {
    const std::string bytes = join_parts(make_parts(kind, text, 900, random));
    for (const std::size_t buffer : {64U, 4096U, 1U << 20U}) {
      EXPECT_EQ(read(bytes, buffer).bytes, text);
      const auto max_record = option("max_record", "64B");
      const SourceOutput cut = read(bytes, buffer, {max_record});
      EXPECT_THAT(cut.incidents, ElementsAre(Pair("oversize_truncated", 1)));
      EXPECT_EQ(cut.bytes, join(model_records(text, 64, "truncate")));
      const SourceOutput failed = read(bytes, buffer, {max_record, option("oversize", "fail")});
      ASSERT_FALSE(failed.status);
      EXPECT_EQ(failed.status.error().code, ErrorCode::limit);
      EXPECT_THAT(to_string(failed.status.error()), HasSubstr(path_));
      // Behind frames that do not say how much they hold, offsets count from a part.
      const bool known = kind != PartKind::streamed_zstd && kind != PartKind::mixed_zstd;
      EXPECT_THAT(to_string(failed.status.error()), HasSubstr(known ? "byte 2" : "byte"));
    }
  }
}

TEST_F(PartLoadingTest, CountsOffsetsFromAPartWhereTheContentInFrontIsUnknown) {
  const std::string bytes = streamed_frame("one\n", false, 100) + encode(Compression::zstd, "2\n") +
                            streamed_frame("3\n" + std::string(100, 'x') + "\n", false, 100);
  const SourceOutput output =
      read(bytes, 4, {option("max_record", "64B"), option("oversize", "fail")});
  ASSERT_FALSE(output.status);
  const std::size_t third =
      streamed_frame("one\n", false, 100).size() + encode(Compression::zstd, "2\n").size();
  EXPECT_THAT(to_string(output.status.error()),
              HasSubstr("decompressed byte 2 of the part stored at byte " + std::to_string(third)));
}

TEST_F(PartLoadingTest, DeliversBytesWithoutFraming) {
  std::mt19937 random(7);
  for (const PartKind kind : all_kinds) {
    const std::string text = random_bytes(200'000);
    const std::string bytes = join_parts(make_parts(kind, text, 40'000, random));
    for (const std::size_t buffer : {64U, 100'000U}) {
      const SourceOutput output = read(bytes, buffer, {option("framing", "none")});
      EXPECT_TRUE(output.bytes == text);
      EXPECT_EQ(output.counted, 0U);
    }
  }
}

/// What on_corrupt: keep makes of parts, a byte at a time; and how many of them are damaged.
struct Kept {
  std::string text;
  std::uint64_t damaged = 0;

  Kept(Compression compression, const std::vector<std::string>& parts, bool lines) {
    std::string line;
    bool lost = false;
    for (const std::string& part : parts) {
      Decoded decoded = decode(compression, part);
      // Damage may make more of it: that is cut off, for no more room was made.
      if (compression == Compression::gzip) {
        const std::size_t said = read_u32_le(part.data() + part.size() - 4);
        decoded.data.resize(std::min(decoded.data.size(), said));
      }
      for (const char c : decoded.data) {
        if (!lost) line += c;
        if (c != '\n' && lines) continue;
        text += line;
        line.clear();
        lost = false;
      }
      if (decoded.error.empty()) continue;
      ++damaged;
      line.clear();
      lost = lines;
    }
    text += line;
  }
};

TEST_F(PartLoadingTest, KeepsWhatIsInFrontOfTheDamageOfEachPart) {
  std::mt19937 random(8);
  std::uint64_t damaged = 0;
  for (int round = 0; round < rounds(120); ++round) {
    const PartKind kind = std::vector{PartKind::own_gzip, PartKind::bgzf,
                                      PartKind::own_zstd}[static_cast<std::size_t>(round % 3)];
    const Compression compression = compression_of(kind);
    const std::string text = log_text(100'000, static_cast<unsigned>(random()));
    std::vector<std::string> parts = make_parts(kind, text, 20'000, random);
    for (std::string& part : parts) {
      // Sizes and borders stay as they are.
      if (part.size() < 60 || random() % 4 != 0) continue;
      const std::size_t at = 25 + random() % (part.size() - 30);
      part[at] = static_cast<char>(part[at] ^ (1U << random() % 8));
    }
    const bool lines = random() % 4 != 0;
    const Kept kept(compression, parts, lines);
    damaged += kept.damaged;
    const std::string bytes = join_parts(parts);
    std::string first_error;
    for (const std::size_t buffer : {64U, 5000U, 65536U, 1U << 20U}) {
      SCOPED_TRACE("round " + std::to_string(round) + " buffer " + std::to_string(buffer));
      const auto framing = option("framing", lines ? "lines" : "none");
      const SourceOutput output = read(bytes, buffer, {framing, option("on_corrupt", "keep")});
      ASSERT_TRUE(output.status) << to_string(output.status.error());
      ASSERT_EQ(output.bytes, kept.text);
      if (kept.damaged == 0) {
        ASSERT_THAT(output.incidents, IsEmpty());
        continue;
      }
      ASSERT_THAT(output.incidents, ElementsAre(Pair("corrupt_tail", kept.damaged)));
      const SourceOutput failed = read(bytes, buffer, {framing});
      ASSERT_FALSE(failed.status);
      EXPECT_EQ(failed.status.error().code, ErrorCode::corrupt_input);
      EXPECT_EQ(failed.status.error().file, path_);
      // A border that sizes tell means nothing to the serial decoder.
      if (failed.status.error().message.find("its size says") != std::string::npos) continue;
      const Decoded serial = decode(compression, bytes);
      EXPECT_EQ(failed.status.error().offset, serial.offset);
      EXPECT_THAT(failed.status.error().message, StartsWith(serial.error + ", behind "));
    }
  }
  EXPECT_GT(damaged, static_cast<std::uint64_t>(rounds(100)));
}

TEST_F(PartLoadingTest, GoesOnBehindADamagedBlockOfXz) {
  const std::vector<std::string> texts = {log_text(5000, 1), log_text(6000, 2), log_text(7000, 3)};
  std::string bytes = xz_of_blocks(texts);
  const std::size_t first_two = xz_of_blocks({texts[0], texts[1]}).size();
  bytes[first_two - 1000] ^= 1;
  const Decoded serial = decode(Compression::xz, bytes);
  ASSERT_EQ(serial.error, "xz: damaged data");
  const std::string front = serial.data.substr(0, serial.data.rfind('\n') + 1);
  const std::string kept = front + texts[2].substr(texts[2].find('\n') + 1);
  for (const std::size_t buffer : {64U, 65536U}) {
    const SourceOutput output = read(bytes, buffer, {option("on_corrupt", "keep")});
    ASSERT_TRUE(output.status) << to_string(output.status.error());
    EXPECT_EQ(output.bytes, kept);
    EXPECT_THAT(output.incidents, ElementsAre(Pair("corrupt_tail", 1)));
    const SourceOutput failed = read(bytes, buffer);
    ASSERT_FALSE(failed.status);
    EXPECT_EQ(failed.status.error().offset, serial.offset);
    EXPECT_THAT(failed.status.error().message, StartsWith(serial.error + ", behind "));
  }
}

TEST_F(PartLoadingTest, MakesRoomForLargeBlocksWhereANameOrAnOptionTellsOfXz) {
  const std::string text = log_text(5U << 20U);
  const std::string bytes = xz_of_blocks({text.substr(0, 3U << 20U), text.substr(3U << 20U)});
  const auto largest_batch = [&](const std::string& name, std::vector<Entry> more) {
    more.push_back(option("paths", folder_.write(name, bytes)));
    std::size_t largest = 0;
    const SourceOutput output =
        SourceHarness(register_file, std::move(more)).run(65536, [&](const Batch& batch) {
          largest = std::max(largest, batch.bytes().size());
        });
    EXPECT_TRUE(output.bytes == text);
    return largest;
  };
  EXPECT_GE(largest_batch("log.xz", {}), (3U << 20U) - 200);
  EXPECT_GE(largest_batch("log", {option("compression", "xz")}), (3U << 20U) - 200);
  EXPECT_LE(largest_batch("log", {}), 65536U);
}

TEST_F(PartLoadingTest, RefusesSizesThatLie) {
  const std::string part = encode(Compression::gzip, log_text(3000), 6);
  const auto put = [](std::string& bytes, std::size_t at, std::size_t number) {
    for (unsigned i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(number >> (8 * i) & 0xffU);
  };
  std::string short_member = part;
  put(short_member, 16, part.size() - 9);
  std::string long_member = part;
  put(long_member, 16, part.size() + 5);
  std::string both_members = part;
  put(both_members, 16, 2 * part.size());
  std::string more_content = part;
  put(more_content, part.size() - 4, 2999);
  std::string less_content = part;
  put(less_content, part.size() - 4, 3001);
  std::string frame = encode(Compression::zstd, log_text(300));
  ASSERT_EQ(frame[5], '\x2c') << "two bytes of content size, less 256";
  std::string more_in_frame = frame;
  more_in_frame[5] = '\x2b';
  std::string less_in_frame = frame;
  less_in_frame[5] = '\x2d';
  for (const std::string& bad :
       {long_member, both_members, more_content, less_content, more_in_frame, less_in_frame}) {
    const std::string& good = bad.front() == part.front() ? part : frame;
    for (const std::size_t buffer : {64U, 1U << 20U}) {
      const SourceOutput output = read(good + bad + good + good, buffer);
      ASSERT_FALSE(output.status);
      EXPECT_EQ(output.status.error().code, ErrorCode::corrupt_input);
      EXPECT_EQ(output.status.error().file, path_);
      EXPECT_GE(output.status.error().offset.value_or(0), good.size());
      EXPECT_LE(output.status.error().offset.value_or(0), good.size() * 2 + 20);
    }
  }
  // What lies so badly that it is left to the serial decoder does no harm.
  const SourceOutput output = read(part + short_member + part, 4096);
  EXPECT_TRUE(output.status);
  EXPECT_TRUE(output.bytes == log_text(3000) + log_text(3000) + log_text(3000));
}

TEST_F(PartLoadingTest, TakesTheLastPartForDamagedWhenTheFileIsCut) {
  std::mt19937 random(10);
  for (const PartKind kind : all_kinds) {
    const Compression compression = compression_of(kind);
    std::vector<std::string> parts = make_parts(kind, log_text(50'000), 20'000, random);
    parts.push_back(make_part(kind, log_text(9000, 2), random));
    const std::string whole = join_parts(parts);
    for (const std::size_t missing : {1U, 5U, 9U, 300U}) {
      const std::string bytes = whole.substr(0, whole.size() - missing);
      const Decoded serial = decode(compression, bytes);
      const std::string kept = serial.data.substr(0, serial.data.rfind('\n') + 1);
      for (const std::size_t buffer : {64U, 65536U}) {
        const SourceOutput output = read(bytes, buffer, {option("on_corrupt", "keep")});
        EXPECT_EQ(output.bytes, kept);
        EXPECT_THAT(output.incidents, ElementsAre(Pair("corrupt_tail", 1)));
        const SourceOutput failed = read(bytes, buffer);
        ASSERT_FALSE(failed.status);
        EXPECT_THAT(failed.status.error().message, StartsWith(serial.error + ", behind "));
        EXPECT_EQ(failed.status.error().offset, serial.offset);
      }
    }
  }
}

TEST_F(PartLoadingTest, NeverFailsOtherwiseOnRandomDamage) {
  std::mt19937 random(9);
  for (int round = 0; round < rounds(400); ++round) {
    const PartKind kind = all_kinds[random() % std::size(all_kinds)];
    const std::string text = log_text(4000, static_cast<unsigned>(random()));
    std::string bytes = join_parts(make_parts(kind, text, 900, random));
    const auto format = option("compression", std::string(name_of(compression_of(kind))));
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    std::string kept;
    for (const std::size_t buffer : {64U, 4096U, 65536U}) {
      const SourceOutput failed = read(bytes, buffer, {format});
      EXPECT_TRUE(failed.status || failed.status.error().code == ErrorCode::corrupt_input);
      const SourceOutput output = read(bytes, buffer, {format, option("on_corrupt", "keep")});
      ASSERT_TRUE(output.status) << to_string(output.status.error());
      if (buffer == 64) kept = output.bytes;
      ASSERT_EQ(output.bytes, kept);
      ASSERT_EQ(output.incidents.empty(), bool(failed.status));
    }
  }
}

/// Cuts the file short as soon as it was opened and measured.
class ShrinkingIo final : public Io {
 public:
  ShrinkingIo(std::string path, std::size_t size) : path_(std::move(path)), size_(size) {}
  int fadvise(int fd, off_t offset, off_t length, int advice) override {
    std::filesystem::resize_file(path_, size_);
    return Io::fadvise(fd, offset, length, advice);
  }

 private:
  std::string path_;
  std::size_t size_;
};

TEST_F(PartLoadingTest, TakesAFileThatShrinksForADamagedOne) {
  for (const Compression compression : both) {
    const std::string part = encode(compression, log_text(5000));
    for (const std::size_t size : {part.size() / 2, part.size() + 7, 2 * part.size() - 1}) {
      const std::string path = folder_.write("file", part + part);
      ShrinkingIo io(path, size);
      const SourceOutput output =
          SourceHarness(register_file, {option("paths", path)}, io).run(4096);
      ASSERT_FALSE(output.status);
      EXPECT_EQ(output.status.error().code, ErrorCode::corrupt_input);
      EXPECT_EQ(output.status.error().file, path);
    }
  }
}

TEST_F(PartLoadingTest, ReadsOnlyTheFirstLineOfTheNextPart) {
  // A record's line end far behind the border is found over several reads.
  const std::string line = random_bytes(60'000);
  std::string text;
  for (const char c : line) text += c == '\n' ? 'n' : c;
  text = "a\n" + text + text + "\nb\n";
  for (const Compression compression : both) {
    const std::string bytes = encode(compression, text.substr(0, 10)) +
                              encode(compression, text.substr(10, 80'000)) +
                              encode(compression, text.substr(80'010));
    const SourceOutput output = read(bytes, 64);
    ASSERT_TRUE(output.status);
    EXPECT_TRUE(output.bytes == text);
  }
}

}  // namespace
}  // namespace codec_test
}  // namespace sluice
