#include "stages/support/wakeup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>

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

}  // namespace
}  // namespace sluice
