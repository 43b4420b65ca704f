#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "tests/support/stage_rig.h"

namespace sluice {

void register_stdout(Registry& registry);

namespace {

/// Puts another descriptor in the place of standard output for as long as it lives.
class Redirected {
 public:
  explicit Redirected(int fd) : saved_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    ::dup2(fd, STDOUT_FILENO);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() {
    ::dup2(saved_, STDOUT_FILENO);
    ::close(saved_);
  }

 private:
  int saved_;
};

class StdoutSinkTest : public testing::Test {
 protected:
  StdoutSinkTest() {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(::pipe(pipe_.data()), 0);
  }
  ~StdoutSinkTest() override {
    for (const int fd : pipe_) {
      if (fd >= 0) ::close(fd);
    }
  }
  void close_end(std::size_t end) { ::close(std::exchange(pipe_.at(end), -1)); }

  static std::string read_all(int fd) {
    std::string text;
    std::array<char, 65536> chunk{};
    for (ssize_t count = 0; (count = ::read(fd, chunk.data(), chunk.size())) > 0;) {
      text.append(chunk.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

  StageRig rig_{register_stdout};
  Parts parts_ = rig_.parts({});
  Sink& sink_ = *std::get<SinkPart>(parts_[0]).sink;
  TextBatches batches_;
  std::array<int, 2> pipe_{-1, -1};
};

TEST_F(StdoutSinkTest, WritesRecordsToAPipe) {
  // Non-blocking, as another program may have left it.
  ASSERT_EQ(::fcntl(pipe_[1], F_SETFL, O_NONBLOCK), 0);
  std::string read;
  std::thread reader([&] { read = read_all(pipe_[0]); });
  const std::string big(300'000, 'x');
  {
    const Redirected redirected(pipe_[1]);
    EXPECT_TRUE(sink_.open(rig_.context()));
    EXPECT_TRUE(sink_.may_block());
    EXPECT_TRUE(sink_.write(*batches_.make("a\x1b\n")));
    EXPECT_TRUE(sink_.write(*batches_.make(big)));
    EXPECT_TRUE(sink_.write(*batches_.make("end\n")));
    EXPECT_TRUE(sink_.finish());
  }
  close_end(1);
  reader.join();
  EXPECT_TRUE(read == "a\x1b\n" + big + "\nend\n");
}

TEST_F(StdoutSinkTest, AGoneReaderIsNoError) {
  close_end(0);
  const Redirected redirected(pipe_[1]);
  ASSERT_TRUE(sink_.open(rig_.context()));
  ASSERT_TRUE(sink_.write(*batches_.make("x\n")));
  EXPECT_TRUE(sink_.flush());
  const auto next = sink_.write(*batches_.make("y\n"));
  ASSERT_TRUE(next);
  EXPECT_EQ(next.value(), Next::finished);
  EXPECT_TRUE(sink_.finish());
}

TEST_F(StdoutSinkTest, GivingUpDoesNotWaitForAFullPipe) {
  const Redirected redirected(pipe_[1]);
  ASSERT_EQ(::fcntl(pipe_[1], F_SETFL, O_NONBLOCK), 0);
  const std::string junk(4096, 'x');
  while (::write(pipe_[1], junk.data(), junk.size()) > 0) {
  }
  ASSERT_EQ(::fcntl(pipe_[1], F_SETFL, 0), 0);
  ASSERT_TRUE(sink_.open(rig_.context()));
  ASSERT_TRUE(sink_.write(*batches_.make("x\n")));
  sink_.abandon();
}

TEST_F(StdoutSinkTest, AFullDeviceIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  const Redirected redirected(full);
  ::close(full);
  ASSERT_TRUE(sink_.open(rig_.context()));
  ASSERT_TRUE(sink_.write(*batches_.make("x\n")));
  const Status status = sink_.finish();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().file, "standard output");
}

TEST_F(StdoutSinkTest, DisarmsControlsOnATerminal) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    GTEST_SKIP() << "no pseudo terminals here";
  }
  const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  {
    const Redirected redirected(terminal);
    EXPECT_TRUE(sink_.open(rig_.context()));
    EXPECT_TRUE(sink_.write(*batches_.make("a\x1b[2J\n")));
    EXPECT_TRUE(sink_.finish());
  }
  std::array<char, 64> shown{};
  const ssize_t count = ::read(master, shown.data(), shown.size());
  ASSERT_GT(count, 0);
  EXPECT_EQ(std::string(shown.data(), static_cast<std::size_t>(count)), "a\\x1b[2J\r\n");
  ::close(terminal);
  ::close(master);
}

}  // namespace
}  // namespace sluice
