#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/stage/registry.h"
#include "tests/support/stage_harness.h"
#include "tests/unit/stages/sources/line_model.h"

namespace sluice {

void register_stdin(Registry& registry);

namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// Standard input is another descriptor for a while.
class StdinFrom {
 public:
  explicit StdinFrom(int fd) : saved_(::dup(STDIN_FILENO)) { ::dup2(fd, STDIN_FILENO); }
  StdinFrom(const StdinFrom&) = delete;
  StdinFrom& operator=(const StdinFrom&) = delete;
  ~StdinFrom() {
    if (saved_ >= 0) {
      ::dup2(saved_, STDIN_FILENO);
      ::close(saved_);
    } else {
      ::close(STDIN_FILENO);
    }
  }

 private:
  int saved_;
};

/// A pipe that is standard input; the test writes to it.
class StdinPipe {
 public:
  StdinPipe() : fds_(make()), stdin_(fds_[0]) { ::close(fds_[0]); }
  StdinPipe(const StdinPipe&) = delete;
  StdinPipe& operator=(const StdinPipe&) = delete;
  ~StdinPipe() { close(); }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::write(fds_[1], text.data(), text.size());
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void close() {
    if (fds_[1] >= 0) ::close(fds_[1]);
    fds_[1] = -1;
  }

 private:
  static std::array<int, 2> make() {
    std::array<int, 2> fds{-1, -1};
    EXPECT_EQ(::pipe(fds.data()), 0);
    return fds;
  }

  std::array<int, 2> fds_;
  StdinFrom stdin_;
};

TEST(StdinSource, DeliversTheSameRecordsWhateverTheBufferAndThePieces) {
  std::mt19937 random(7);
  for (const std::size_t max_record : {64U, 300U, 1U << 20U}) {
    for (int round = 0; round < 4; ++round) {
      const std::string text = random_text(random, 1U << (8 + round * 2), max_record);
      for (const std::string mode : {"truncate", "drop"}) {
        const auto expected = model_records(text, max_record, mode);
        for (const std::size_t buffer : {64U, 1000U, 4096U, 65536U}) {
          StdinPipe pipe;
          std::thread writer([&, seed = random()] {
            std::mt19937 pieces(seed);
            for (std::size_t at = 0; at < text.size();) {
              const std::size_t size = 1 + pieces() % 3000;
              pipe.write(std::string_view(text).substr(at, size));
              at += size;
            }
            pipe.close();
          });
          SourceHarness harness(register_stdin,
                                {option("max_record", std::to_string(max_record) + "B"),
                                 option("oversize", mode), option("linger", "0s")});
          const SourceOutput output = harness.run(buffer);
          writer.join();
          ASSERT_TRUE(output.status);
          ASSERT_EQ(output.records, expected) << buffer << " " << max_record << " " << mode;
          ASSERT_EQ(output.counted, expected.size());
        }
      }
    }
  }
}

TEST(StdinSource, SendsWholeLinesAndAFlushWhenThePipeIsQuiet) {
  StdinPipe pipe;
  SourceHarness harness(register_stdin, {option("linger", "5ms")});
  pipe.write("one\ntwo\nthr");
  std::vector<std::string> seen;
  std::vector<bool> flushed;
  const SourceOutput output = harness.run(4096, [&](const Batch& batch) {
    seen.emplace_back(batch.bytes());
    flushed.push_back(batch.flush());
    if (seen.size() == 1) pipe.write("ee\n");
    if (seen.size() == 2) pipe.close();
  });
  ASSERT_TRUE(output.status);
  EXPECT_TRUE(harness.source().may_block());
  EXPECT_THAT(seen, ElementsAre("one\ntwo\n", "three\n"));
  EXPECT_THAT(flushed, ElementsAre(true, true));
}

TEST(StdinSource, FlushesBehindAFullBufferToo) {
  StdinPipe pipe;
  SourceHarness harness(register_stdin, {option("linger", "5ms")});
  pipe.write(std::string(63, 'x') + "\n");
  const SourceOutput output = harness.run(64, [&](const Batch& batch) {
    if (batch.flush()) pipe.close();
  });
  EXPECT_EQ(output.flushes, 1U);
  EXPECT_EQ(output.counted, 1U);
}

TEST(StdinSource, SkipsALineOfAnyLengthInBoundedMemory) {
  StdinPipe pipe;
  std::thread writer([&] {
    pipe.write("a\n");
    const std::string piece(1 << 16, 'x');
    for (int i = 0; i < 1000; ++i) pipe.write(piece);
    pipe.write("\nb\n");
    pipe.close();
  });
  SourceHarness harness(register_stdin, {option("max_record", "64B"), option("oversize", "drop")});
  const SourceOutput output = harness.run(4096);
  writer.join();
  EXPECT_THAT(output.records, ElementsAre("a\n", "b\n"));
  EXPECT_THAT(output.incidents, ElementsAre(Pair("oversize_dropped", 1)));
}

TEST(StdinSource, KeepsWholeLinesWhenItIsStopped) {
  StdinPipe pipe;
  SourceHarness harness(register_stdin, {option("linger", "10s")});
  pipe.write("whole\nhal");
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    harness.source().stop();
  });
  const SourceOutput output = harness.run(4096);
  stopper.join();
  ASSERT_TRUE(output.status);
  EXPECT_THAT(output.records, ElementsAre("whole\n"));
}

TEST(StdinSource, ReadsARedirectedFileFromItsPosition) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  std::string text = "skipped\n";
  for (int i = 0; i < 2000; ++i) text += "line " + std::to_string(i) + "\n";
  ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
  std::fflush(file);
  for (const std::size_t buffer : {64U, 1000U, 1U << 20U}) {
    ::lseek(::fileno(file), 8, SEEK_SET);
    const StdinFrom redirected(::fileno(file));
    SourceHarness harness(register_stdin, {});
    const SourceOutput output = harness.run(buffer);
    EXPECT_FALSE(harness.source().may_block());
    EXPECT_EQ(output.bytes, text.substr(8)) << buffer;
  }
  std::fclose(file);
}

TEST(StdinSource, RefusesADirectory) {
  const int directory = ::open("/", O_RDONLY);  // NOLINT: vararg
  const StdinFrom redirected(directory);
  ::close(directory);
  EXPECT_FALSE(SourceHarness(register_stdin, {}).run(4096).status);
}

}  // namespace
}  // namespace sluice
