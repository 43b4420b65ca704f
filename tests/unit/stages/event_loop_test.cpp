#include "stages/support/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>
#include <thread>

namespace sluice {
namespace {

using std::chrono::milliseconds;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends_[0]);
    close_writer();
  }
  int reader() const { return ends_[0]; }
  void write() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

TEST(EventLoop, AnswersThoseThatCanBeReadInTurn) {
  EventLoop loop;
  ASSERT_TRUE(loop.open());
  std::array<Pipe, 3> pipes;
  for (Pipe& pipe : pipes) ASSERT_TRUE(loop.add(pipe.reader(), &pipe));
  EXPECT_EQ(loop.next(milliseconds(0)).value(), nullptr);
  pipes[0].write();
  pipes[2].write();
  std::map<void*, int> answers;
  for (int i = 0; i < 10; ++i) ++answers[loop.next(std::nullopt).value()];
  EXPECT_EQ(answers[&pipes[0]], 5);
  EXPECT_EQ(answers[&pipes[2]], 5);
  loop.remove(pipes[0].reader());
  loop.remove(pipes[2].reader());
  pipes[1].close_writer();
  EXPECT_EQ(loop.next(std::nullopt).value(), &pipes[1]);
}

TEST(EventLoop, ComesBackToThoseWhoHaveMoreInTurnWithTheOthers) {
  EventLoop loop;
  ASSERT_TRUE(loop.open());
  std::array<Pipe, 3> pipes;
  for (Pipe& pipe : pipes) ASSERT_TRUE(loop.add(pipe.reader(), &pipe));
  pipes[0].write();
  std::map<void*, int> answers;
  for (int i = 0; i < 10; ++i) {
    loop.again(pipes[1].reader(), &pipes[1]);
    loop.again(pipes[1].reader(), &pipes[1]);  // It is due already.
    EXPECT_TRUE(loop.is_due(pipes[1].reader()));
    ++answers[loop.next(std::nullopt).value()];
  }
  EXPECT_EQ(answers[&pipes[0]], 5);
  EXPECT_EQ(answers[&pipes[1]], 5);
  loop.remove(pipes[0].reader());
  loop.again(pipes[2].reader(), &pipes[2]);
  loop.remove(pipes[2].reader());
  loop.next(milliseconds(0)).value();
  EXPECT_FALSE(loop.is_due(pipes[1].reader()));
  EXPECT_EQ(loop.next(milliseconds(0)).value(), nullptr);
}

TEST(EventLoop, WaitsForRoomToWrite) {
  EventLoop loop;
  ASSERT_TRUE(loop.open());
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  ASSERT_TRUE(loop.add(ends[0], &ends));
  EXPECT_EQ(loop.next(milliseconds(0)).value(), nullptr);
  ASSERT_TRUE(loop.wait(ends[0], &ends, EventLoop::Until::writable));
  EXPECT_EQ(loop.next(milliseconds(0)).value(), &ends);
  ASSERT_TRUE(loop.wait(ends[0], &ends, EventLoop::Until::readable));
  EXPECT_EQ(loop.next(milliseconds(0)).value(), nullptr);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(EventLoop, IsWokenFromAnotherThread) {
  EventLoop loop;
  ASSERT_TRUE(loop.open());
  std::thread other([&] { loop.wake(); });
  EXPECT_EQ(loop.next(std::nullopt).value(), nullptr);
  other.join();
  EXPECT_TRUE(loop.woken());
  EXPECT_EQ(loop.next(std::nullopt).value(), nullptr);
}

TEST(EventLoop, RefusesWhatCannotBeWatched) {
  EventLoop loop;
  ASSERT_TRUE(loop.open());
  const Status watched = loop.add(-1, &loop);
  ASSERT_FALSE(watched);
  EXPECT_EQ(watched.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace sluice
