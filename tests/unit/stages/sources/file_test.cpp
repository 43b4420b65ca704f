#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/frame_encoder.h"
#include "tests/support/stage_harness.h"
#include "tests/support/test_effort.h"
#include "tests/unit/stages/sources/line_model.h"

namespace sluice {

void register_file(Registry& registry);

namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// `text` in `parts` frames or members.
std::string compress(Compression compression, std::string_view text, std::size_t parts) {
  const std::unique_ptr<FrameEncoder> encoder = make_frame_encoder(compression, 1).value();
  std::string all;
  const std::size_t step = text.size() / parts + 1;
  for (std::size_t at = 0; at < text.size() || at == 0; at += step) {
    const std::string_view part = text.substr(at, step);
    std::string frame(encoder->bound(part.size()), '\0');
    frame.resize(encoder->encode(part, frame).value());
    all += frame;
  }
  return all;
}

class FileSourceTest : public ::testing::Test {
 protected:
  FileSourceTest() {
    std::string name = (fs::temp_directory_path() / "sluice-file-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~FileSourceTest() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  std::string path(const std::string& name) const { return (directory_ / name).string(); }
  std::string write(const std::string& name, std::string_view content) const {
    fs::create_directories(fs::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  static SourceOutput read(const std::string& path, std::size_t buffer = 64 << 10,
                           std::vector<Entry> more = {}) {
    more.push_back(option("paths", path));
    return SourceHarness(register_file, std::move(more)).run(buffer);
  }

  fs::path directory_;
};

TEST_F(FileSourceTest, DeliversTheSameRecordsWhateverTheBufferAndTheCompression) {
  std::mt19937 random(20240501);
  for (const std::size_t max_record : {64U, 200U, 5000U, 1U << 20U}) {
    for (int round = 0; round < rounds(6); ++round) {
      const std::string text = random_text(random, 1U << (8 + round * 2), max_record);
      const std::string plain = write("plain.log", text);
      const std::string gzip = write("text.gz", compress(Compression::gzip, text, 3));
      const std::string zstd = write("text.zst", compress(Compression::zstd, text, 3));
      for (const std::string mode : {"truncate", "drop"}) {
        const auto expected = model_records(text, max_record, mode);
        for (const std::size_t buffer : {64U, 100U, 1000U, 4096U, 10000U, 65536U, 1U << 20U}) {
          if (text.size() / buffer > 4000) continue;
          for (const std::string& file : {plain, gzip, zstd}) {
            const SourceOutput output = read(
                file, buffer,
                {option("max_record", std::to_string(max_record) + "B"), option("oversize", mode)});
            SCOPED_TRACE(file + " buffer " + std::to_string(buffer) + " max_record " +
                         std::to_string(max_record) + " " + mode);
            ASSERT_TRUE(output.status) << to_string(output.status.error());
            ASSERT_EQ(output.bytes, join(expected));
            ASSERT_EQ(output.counted, expected.size());
            ASSERT_EQ(output.records, expected);
          }
        }
      }
    }
  }
}

TEST_F(FileSourceTest, CountsLongLinesAlikeForEveryBufferAndCompression) {
  const std::string text = "short\n" + std::string(100000, 'x') + "\nmiddle\n" +
                           std::string(70, 'y') + "\r\n" + std::string(64, 'z') + "\r\nlast";
  const std::string plain = write("plain.log", text);
  const std::string zstd = write("text.zst", compress(Compression::zstd, text, 2));
  for (const std::string& file : {plain, zstd}) {
    for (const std::size_t buffer : {64U, 4096U, 65536U, 1U << 20U}) {
      const auto max_record = option("max_record", "64B");
      const SourceOutput cut = read(file, buffer, {max_record});
      EXPECT_THAT(cut.incidents, ElementsAre(Pair("oversize_truncated", 2)));
      EXPECT_EQ(cut.counted, 6U);
      EXPECT_EQ(cut.rejected, 0U);

      const SourceOutput dropped = read(file, buffer, {max_record, option("oversize", "drop")});
      EXPECT_THAT(dropped.incidents, ElementsAre(Pair("oversize_dropped", 2)));
      EXPECT_THAT(dropped.records,
                  ElementsAre("short\n", "middle\n", std::string(64, 'z') + "\r\n", "last"));
      EXPECT_EQ(dropped.rejected, 2U);

      const SourceOutput failed = read(file, buffer, {max_record, option("oversize", "fail")});
      ASSERT_FALSE(failed.status);
      EXPECT_EQ(failed.status.error().code, ErrorCode::limit);
      EXPECT_THAT(to_string(failed.status.error()), AllOf(HasSubstr(file), HasSubstr("byte 6")));
    }
  }
}

TEST_F(FileSourceTest, ReadsFilesInTheOrderGivenAndEachOnce) {
  write("b.log", "b\n");
  write("a.log", "a");
  write("c.log", "");
  const SourceOutput output =
      SourceHarness(register_file,
                    {option("paths", std::vector<std::string>{path("b.log"), path("*.log")})})
          .run(4096);
  ASSERT_TRUE(output.status);
  EXPECT_THAT(output.records, ElementsAre("b\n", "a"));
  EXPECT_EQ(output.progress.total_bytes, 3U);
  EXPECT_EQ(output.progress.read_bytes, 3U);
}

TEST_F(FileSourceTest, ExpandsPatterns) {
  write("x/a.log", "1\n");
  write("x/b.log.partial", "no\n");
  write("x/.hidden.log", "no\n");
  write("x/y/a.log", "2\n");
  write("x/y/z/b1.log", "3\n");
  write("x/.secret/a.log", "no\n");
  fs::create_directories(path("x/dir.log"));
  fs::create_directory_symlink(path("x"), path("x/y/loop"));

  EXPECT_EQ(read(path("x/*.log")).bytes, "1\n");
  EXPECT_EQ(read(path("x/**/*.log")).bytes, "1\n2\n3\n");
  EXPECT_EQ(read(path("**/a.log")).bytes, "1\n2\n");
  EXPECT_EQ(read(path("x/y/**")).bytes, "2\n3\n");
  EXPECT_EQ(read(path("x/**/z/b[0-9].l?g")).bytes, "3\n");
  EXPECT_EQ(read(path("x/.h*")).bytes, "no\n");
  EXPECT_EQ(read(path("x/b.log.partial")).bytes, "no\n") << "named in full";
}

TEST_F(FileSourceTest, TakesAFileThatIsNamedLikeAPattern) {
  EXPECT_EQ(read(write("a[1].log", "it\n")).bytes, "it\n");
}

TEST_F(FileSourceTest, RefusesWhatIsNotThere) {
  EXPECT_THAT(to_string(read(path("none.log")).status.error()),
              AllOf(HasSubstr("No such file"), HasSubstr("none.log")));
  EXPECT_THAT(to_string(read(path("*.log")).status.error()), HasSubstr("no file matches"));
  EXPECT_TRUE(read(path("*.log"), 4096, {option("allow_empty", "true")}).status);
  EXPECT_FALSE(read(path("none.log"), 4096, {option("allow_empty", "true")}).status);
  EXPECT_THAT(to_string(read(directory_.string()).status.error()), HasSubstr("Is a directory"));
  const auto no_paths = option("paths", std::vector<std::string>{});
  EXPECT_FALSE(SourceHarness(register_file, {no_paths}).status());
}

TEST_F(FileSourceTest, FailsOnDamageOrKeepsWhatIsInFrontOfIt) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line " + std::to_string(i * 7919 % 10007) + "\n";
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const std::string whole = compress(compression, text, 4);
    const std::string cut = write("cut", whole.substr(0, whole.size() * 2 / 3));
    const std::string next = write("next.log", "next\n");
    std::string kept;
    for (const std::size_t buffer : {64U, 1000U, 65536U}) {
      const SourceOutput failed = read(cut, buffer);
      ASSERT_FALSE(failed.status);
      EXPECT_EQ(failed.status.error().code, ErrorCode::corrupt_input);
      EXPECT_EQ(failed.status.error().file, cut);

      const SourceOutput output =
          SourceHarness(register_file, {option("paths", std::vector<std::string>{cut, next}),
                                        option("on_corrupt", "keep")})
              .run(buffer);
      ASSERT_TRUE(output.status);
      EXPECT_THAT(output.incidents, ElementsAre(Pair("corrupt_tail", 1)));
      ASSERT_TRUE(output.bytes.ends_with("\nnext\n"));
      const std::string front = output.bytes.substr(0, output.bytes.size() - 5);
      EXPECT_TRUE(text.starts_with(front));
      EXPECT_GT(front.size(), text.size() / 3);
      if (kept.empty()) kept = front;
      EXPECT_EQ(front, kept);
    }
  }
}

TEST_F(FileSourceTest, DeliversBytesWithoutFraming) {
  const std::string text(10000, 'x');
  for (const std::string& file :
       {write("plain", text), write("gz", compress(Compression::gzip, text, 1))}) {
    const SourceOutput output =
        read(file, 1000, {option("framing", "none"), option("max_record", "64B")});
    EXPECT_EQ(output.bytes, text);
    EXPECT_EQ(output.counted, 0U);
    EXPECT_EQ(output.batches, file.ends_with("gz") ? 1U : 10U) << "a part is not cut";
  }
}

TEST_F(FileSourceTest, ReadsCompressedBytesAsTheyAreIfTold) {
  const std::string packed = compress(Compression::gzip, "text\n", 1);
  EXPECT_EQ(read(write("a.gz", packed), 4096, {option("compression", "none")}).bytes, packed);
  EXPECT_FALSE(read(write("a", "text\n"), 4096, {option("compression", "gzip")}).status);
}

TEST_F(FileSourceTest, TellsWhereEachBatchComesFrom) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::to_string(i) + "\n";
  write("a", "first\n");
  write("b", text);
  write("c.gz", compress(Compression::gzip, text, 2));
  SourceHarness harness(register_file, {option("paths", path("*"))});
  const SourceOutput output = harness.run(1000, [&](const Batch& batch) {
    if (batch.bytes().empty()) return;
    const std::string_view file = batch.origin().file == 0 ? "first\n" : std::string_view(text);
    EXPECT_EQ(file.substr(batch.origin().offset, batch.bytes().size()), batch.bytes());
  });
  EXPECT_TRUE(output.status);
  EXPECT_EQ(output.bytes, "first\n" + text + text);
}

/// Cuts a file short as soon as it was opened and measured.
class ShrinkingIo final : public Io {
 public:
  explicit ShrinkingIo(std::string path) : path_(std::move(path)) {}
  int fadvise(int fd, off_t offset, off_t length, int advice) override {
    fs::resize_file(path_, 2500);
    return Io::fadvise(fd, offset, length, advice);
  }

 private:
  std::string path_;
};

TEST_F(FileSourceTest, DeliversWhatIsLeftOfAFileThatShrinks) {
  std::string text;
  while (text.size() < 9000) text += "0123456\n";
  const std::string file = write("a.log", text);
  ShrinkingIo io(file);
  const SourceOutput output = SourceHarness(register_file, {option("paths", file)}, io).run(1000);
  ASSERT_TRUE(output.status);
  EXPECT_EQ(output.bytes, text.substr(0, 2500));
  EXPECT_EQ(output.incidents.count("file_shrank"), 1U);
}

/// Fails every read behind a byte.
class BrokenDisk final : public Io {
 public:
  ssize_t pread(int fd, void* to, std::size_t count, off_t offset) override {
    if (offset + static_cast<off_t>(count) <= 5000) return Io::pread(fd, to, count, offset);
    errno = EIO;
    return -1;
  }
};

TEST_F(FileSourceTest, NamesThePlaceOfAReadError) {
  const std::string file = write("a.log", std::string(9000, '\n'));
  BrokenDisk io;
  const SourceOutput output = SourceHarness(register_file, {option("paths", file)}, io).run(1000);
  ASSERT_FALSE(output.status);
  EXPECT_EQ(output.status.error().code, ErrorCode::io);
  EXPECT_EQ(output.status.error().file, file);
  EXPECT_GT(output.status.error().offset.value_or(0), 3000U);
}

TEST_F(FileSourceTest, ReadsAFifo) {
  const std::string fifo = path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "line " + std::to_string(i) + "\n";
  SourceHarness harness(register_file, {option("paths", fifo)});
  std::thread writer([&] { std::ofstream(fifo, std::ios::binary) << text; });
  const SourceOutput output = harness.run(1000);
  writer.join();
  EXPECT_TRUE(harness.source().may_block());
  EXPECT_EQ(output.bytes, text);
}

TEST_F(FileSourceTest, StopsWaitingForAWriterWhenTold) {
  const std::string fifo = path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  SourceHarness harness(register_file, {option("paths", fifo)});
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    harness.source().stop();
  });
  const SourceOutput output = harness.run(1000);
  stopper.join();
  EXPECT_TRUE(output.status);
  EXPECT_EQ(output.bytes, "");
}

TEST_F(FileSourceTest, ReadsFilesThatSayTheyAreEmpty) {
  EXPECT_THAT(read("/proc/self/status").bytes, HasSubstr("Name:"));
}

}  // namespace
}  // namespace sluice
