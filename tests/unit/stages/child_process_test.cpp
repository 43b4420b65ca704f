#include "stages/support/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "engine/base/io.h"

namespace sluice {
namespace {

class Child : public ::testing::Test {
 protected:
  /// Starts it with its output in a pipe that output() reads.
  std::unique_ptr<ChildProcess> start(const ChildCommand& command) {
    const Result<PipeEnds> pipe = make_pipe();
    EXPECT_TRUE(pipe);
    reader_ = File(Io::system(), pipe.value().read, "pipe");
    const File writer(Io::system(), pipe.value().write, "pipe");
    auto child = ChildProcess::start(command, {-1, writer.fd(), -1});
    EXPECT_TRUE(child) << to_string(child.error());
    return child ? std::move(child).value() : nullptr;
  }
  std::unique_ptr<ChildProcess> start_script(const std::string& script) {
    return start({{"/bin/sh", "-c", script}, {}, {}});
  }
  /// What it writes until it and all it has started have closed it.
  std::string output() {
    std::string text;
    std::array<char, 4096> bytes{};
    while (true) {
      const Result<std::size_t> count = reader_.read(bytes);
      if (!count || count.value() == 0) return text;
      text.append(bytes.data(), count.value());
    }
  }
  std::string first_line() {
    std::string line;
    std::array<char, 1> byte{};
    while (reader_.read(byte) && byte[0] != '\n') line += byte[0];
    return line;
  }

  File reader_;
};

TEST_F(Child, TellsHowItEnded) {
  EXPECT_TRUE(start_script("exit 0")->reap().is_success());
  EXPECT_EQ(describe(start_script("exit 3")->reap()), "exited with status 3");
  EXPECT_EQ(describe(start_script("kill -TERM $$")->reap()), "was ended by signal 15 (Terminated)");
}

TEST_F(Child, ItsDescriptorTellsThatItHasEnded) {
  const auto child = start_script("read line");
  pollfd ended{child->descriptor(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 10'000), 1);
  EXPECT_FALSE(child->reap().is_success()) << "its input was not empty";
}

TEST_F(Child, IsALeaderOfItsOwnWithUsualSignals) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto child = start_script("kill -PIPE $$; echo survived");
  EXPECT_EQ(child->reap().signal, SIGPIPE);
  EXPECT_EQ(output(), "");
  EXPECT_EQ(start_script("cut -d' ' -f5 /proc/$$/stat | grep -qx $$")->reap().status, 0);
}

TEST_F(Child, HasNoDescriptorsButItsStreams) {
  const Result<PipeEnds> other = make_pipe();
  ASSERT_TRUE(other);
  const int leaked = ::dup(other.value().read);  // As a library may have opened it.
  start_script("ls /proc/self/fd | wc -l")->reap();
  EXPECT_EQ(output(), "4\n") << "0, 1, 2 and the folder that ls reads";
  for (const int fd : {leaked, other.value().read, other.value().write}) ::close(fd);
}

TEST_F(Child, GetsVariablesAndAFolder) {
  ::setenv("SLUICE_TEST_REPLACED", "old", 1);
  ::setenv("SLUICE_TEST_KEPT", "kept", 1);
  start({{"sh", "-c", "echo $SLUICE_TEST_REPLACED $SLUICE_TEST_KEPT; pwd"},
         {"SLUICE_TEST_REPLACED=new"},
         "/usr"})
      ->reap();
  EXPECT_EQ(output(), "new kept\n/usr\n");
}

TEST_F(Child, ThatCannotBeStartedIsAnError) {
  const auto child = ChildProcess::start({{"/nowhere/program"}, {}, {}}, {});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::io);
  EXPECT_EQ(child.error().file, "/nowhere/program");
  EXPECT_EQ(child.error().message, "cannot start: No such file or directory");
  const auto elsewhere = ChildProcess::start({{"true"}, {}, "/nowhere"}, {});
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().message, "cannot start in '/nowhere': No such file or directory");
}

TEST_F(Child, ThatStillRunsIsEndedWithItsGroup) {
  // Asked to, both end at once; the pipe says when they are gone.
  auto child = start_script("sleep 1000 & echo started; wait");
  EXPECT_EQ(first_line(), "started");
  const auto begin = std::chrono::steady_clock::now();
  child.reset();
  EXPECT_EQ(output(), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST_F(Child, ThatWillNotEndIsKilledWithItsGroup) {
  auto child = start_script("trap '' TERM; sleep 1000 & echo started; while :; do wait; done");
  EXPECT_EQ(first_line(), "started");
  child.reset();
  EXPECT_EQ(output(), "");
}

TEST_F(Child, NobodyIsSignalledInItsPlace) {
  const auto child = start_script("exit 0");
  child->reap();
  child->signal(SIGKILL);  // Would be another's by now.
  EXPECT_EQ(output(), "");
}

}  // namespace
}  // namespace sluice
