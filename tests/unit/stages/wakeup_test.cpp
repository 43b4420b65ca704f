#include "stages/support/wakeup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>

#include "tests/support/faulty_io.h"

namespace sluice {
namespace {

/// A pipe whose writing end does not block, and is full.
class FullPipe : public ::testing::Test {
 protected:
  FullPipe() {
    EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
    ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);  // NOLINT(*-vararg)
    const std::string block(4096, 'x');
    while (::write(ends_[1], block.data(), block.size()) > 0) {
    }
    EXPECT_TRUE(io_.prepare());
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;
  ~FullPipe() override {
    for (const int end : ends_) ::close(end);
  }

  ssize_t write_one() {
    char byte = 'y';
    const iovec piece{&byte, 1};
    return io_.writev(ends_[1], &piece, 1);
  }

  std::array<int, 2> ends_{};
  InterruptibleIo io_{Io::system()};
};

TEST_F(FullPipe, AWriteWaitsForRoom) {
  std::thread reader([this] {
    std::array<char, 1 << 16> bytes{};
    EXPECT_GT(::read(ends_[0], bytes.data(), bytes.size()), 0);
  });
  EXPECT_EQ(write_one(), 1);
  reader.join();
}

TEST_F(FullPipe, AnInterruptEndsWritesNowAndLater) {
  std::thread other([this] { io_.interrupt(); });
  EXPECT_EQ(write_one(), -1);
  EXPECT_EQ(errno, ECANCELED);
  other.join();
  EXPECT_EQ(write_one(), -1);
  EXPECT_EQ(errno, ECANCELED);
}

/// None of its calls may go past the Io below it, or no test could make that one fail.
TEST(InterruptibleIo, MakesAllOtherCallsOfTheIoBelowIt) {
  using Call = FaultyIo::Call;
  FaultyIo below;
  for (std::size_t kind = 0; kind < FaultyIo::call_kinds; ++kind) {
    below.fail(static_cast<Call>(kind), 1, ENOSYS, true);
  }
  InterruptibleIo io(below);
  struct stat status {};
  pollfd none{};
  EXPECT_EQ(io.open("", 0, 0), -1);
  EXPECT_EQ(io.read(-1, nullptr, 0), -1);  // It waits first, which fails.
  EXPECT_EQ(io.pread(-1, nullptr, 0, 0), -1);
  EXPECT_EQ(io.write(-1, nullptr, 0), -1);
  EXPECT_EQ(io.writev(-1, nullptr, 0), -1);
  EXPECT_EQ(io.fstat(-1, &status), -1);
  EXPECT_EQ(io.stat("", &status), -1);
  EXPECT_EQ(io.fsync(-1), -1);
  EXPECT_EQ(io.rename("", ""), -1);
  EXPECT_EQ(io.rename_new("", ""), -1);
  EXPECT_EQ(io.unlink(""), -1);
  EXPECT_EQ(io.mkdir("", 0), -1);
  EXPECT_EQ(io.flock(-1, 0), -1);
  EXPECT_EQ(io.poll(&none, 1, 0), -1);
  EXPECT_EQ(io.connect(-1, nullptr, 0), -1);
  EXPECT_EQ(io.accept(-1, nullptr, nullptr), -1);
  EXPECT_EQ(io.recvmmsg(-1, nullptr, 0, 0), -1);
  EXPECT_EQ(io.sendmmsg(-1, nullptr, 0, 0), -1);
  io.close(-1);
  for (std::size_t kind = 0; kind < FaultyIo::call_kinds; ++kind) {
    if (static_cast<Call>(kind) == Call::read) continue;
    EXPECT_GT(below.count(static_cast<Call>(kind)), 0) << kind;
  }
}

}  // namespace
}  // namespace sluice
