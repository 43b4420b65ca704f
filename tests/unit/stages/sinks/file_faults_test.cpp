// The sink `file` when the system refuses, and on files that are not regular.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/faulty_io.h"
#include "tests/unit/stages/sinks/file_fixture.h"

namespace sluice {
namespace {

using Call = FaultyIo::Call;

class FileFaultsTest : public FileSinkFixture {
 protected:
  FileFaultsTest() { std::signal(SIGPIPE, SIG_IGN); }

  /// Runs with the n-th call of `call` failing, for every n, and checks what is left behind.
  void expect_no_half_file(Call call, int error, bool for_ever, StageRig::Options options) {
    const std::string final = at("d/out.log");
    const std::string old_content = "old\n";
    const std::vector<std::string> texts{"small\n", std::string(300'000, 'x') + "\n", "end\n"};
    for (int nth = 1;; ++nth) {
      std::filesystem::remove_all(at("d"));
      if (nth % 2 == 0) {
        std::filesystem::create_directory(at("d"));
        put(final, old_content);
      }
      const bool was_there = exists(final);
      FaultyIo io;
      io.fail(call, nth, error, for_ever);
      const Status status = write(options, texts, io);
      const bool hit = io.count(call) >= nth;
      const bool complete = content(final) == texts[0] + texts[1] + texts[2];
      const bool untouched = was_there ? content(final) == old_content : !exists(final);
      if (status) {
        EXPECT_TRUE(complete);
      } else {
        EXPECT_TRUE(hit);
        // Complete, when only the folder could not be forced to disk.
        EXPECT_TRUE(untouched || complete);
        EXPECT_NE(status.error().file.find(at("d")), std::string::npos)
            << to_string(status.error());
      }
      if (!hit) return;
    }
  }
};

TEST_F(FileFaultsTest, NeverLeavesHalfAFileUnderTheFinalName) {
  const StageRig::Options options{{"path", path(at("d/out.log"))}, {"durability", path("fsync")}};
  for (const Call call : {Call::open, Call::writev, Call::fsync, Call::rename, Call::close,
                          Call::flock, Call::mkdir, Call::stat, Call::fstat}) {
    for (const bool for_ever : {false, true}) {
      SCOPED_TRACE(testing::Message() << "call " << static_cast<int>(call) << " " << for_ever);
      expect_no_half_file(call, call == Call::writev ? ENOSPC : EIO, for_ever, options);
    }
  }
}

TEST_F(FileFaultsTest, SaysWhatFailedAndWhere) {
  FaultyIo io;
  io.fail(Call::writev, 1, ENOSPC, true);
  const Status status = write({{"path", path(at("out.log"))}}, {"x\n"}, io);
  ASSERT_FALSE(status);
  EXPECT_EQ(to_string(status.error()).find("cannot write: No space left on device"), 0U);
  EXPECT_EQ(status.error().file, at("out.log.partial"));
  EXPECT_FALSE(exists(at("out.log")));
}

TEST_F(FileFaultsTest, AFailedCloseIsAnError) {
  FaultyIo io;
  io.fail(Call::close, 1, EIO);
  EXPECT_FALSE(write({{"path", path(at("out.log"))}}, {"x\n"}, io));
  EXPECT_FALSE(exists(at("out.log")));
  EXPECT_EQ(content(at("out.log.partial")), "x\n");
}

TEST_F(FileFaultsTest, GoesOnAfterShortAndInterruptedWrites) {
  FaultyIo io;
  io.shorten(Call::writev, 7777);
  io.fail(Call::writev, 3, EINTR);
  const std::string big(200'000, 'x');
  ASSERT_TRUE(write({{"path", path(at("out.log"))}}, {"a\n", big + "\n", "b\n"}, io));
  EXPECT_TRUE(content(at("out.log")) == "a\n" + big + "\nb\n");
}

TEST_F(FileFaultsTest, DevicesAreWrittenDirectly) {
  EXPECT_TRUE(write({{"path", path("/dev/null")}}, {"x\n"}));
  const Status full = write({{"path", path("/dev/full")}}, {"x\n"});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().file, "/dev/full");
  EXPECT_FALSE(exists("/dev/full.partial"));
}

TEST_F(FileFaultsTest, AFifoWaitsForItsReader) {
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] { read = content(at("fifo")); });
  const std::string big(500'000, 'x');
  EXPECT_TRUE(write({{"path", path(at("fifo"))}}, {"a\n", big + "\n"}));
  reader.join();
  EXPECT_TRUE(read == "a\n" + big + "\n");
  EXPECT_TRUE(std::filesystem::is_fifo(at("fifo")));
}

TEST_F(FileFaultsTest, AFifoWhoseReaderLeftWantsNoMore) {
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  StageRig rig(register_file_sink);
  FileSinkRun run(rig.parts({{"path", path(at("fifo"))}}), rig.context());
  ASSERT_TRUE(run.open());
  EXPECT_TRUE(run.sink().may_block());
  const int reader = ::open(at("fifo").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_TRUE(run.write(*batches_.make("first\n")));
  const std::string text(70'000, '\n');
  std::thread closer([&] {
    usleep(20'000);
    ::close(reader);
  });
  const auto next = run.write(*batches_.make(text));
  closer.join();
  ASSERT_TRUE(next);
  EXPECT_EQ(next.value(), Next::finished);
  EXPECT_EQ(run.write(*batches_.make("more\n")).value(), Next::finished);
  EXPECT_TRUE(run.finish());
}

TEST_F(FileFaultsTest, WaitingForAReaderEndsWithTheRun) {
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  StageRig rig(register_file_sink);
  FileSinkRun run(rig.parts({{"path", path(at("fifo"))}}), rig.context());
  ASSERT_TRUE(run.open());
  std::thread stopper([&] {
    usleep(30'000);
    rig.context().request_stop();
  });
  const auto next = run.write(*batches_.make("x\n"));
  stopper.join();
  ASSERT_TRUE(next);
  EXPECT_EQ(next.value(), Next::finished);
  run.sink().abandon();
}

TEST_F(FileFaultsTest, RefusesWhatItMayNotReplace) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everything";
  put(at("out.log"), "old\n");
  ASSERT_EQ(::chmod(at("out.log").c_str(), 0444), 0);
  EXPECT_FALSE(write({{"path", path(at("out.log"))}}, {"x\n"}));
  EXPECT_EQ(content(at("out.log")), "old\n");

  std::filesystem::create_directory(at("locked"));
  ASSERT_EQ(::chmod(at("locked").c_str(), 0555), 0);
  const Status status = write({{"path", path(at("locked/out.log"))}}, {"x\n"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().file, at("locked/out.log.partial"));
}

}  // namespace
}  // namespace sluice
