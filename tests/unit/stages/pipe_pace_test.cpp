#include "stages/support/pipe_pace.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "stages/support/child_process.h"
#include "stages/support/raw_writer.h"
#include "tests/support/faulty_io.h"
#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

constexpr int large = 1 << 20;

TEST(PipePace, IsForLargePipesOnly) {
  const Result<PipeEnds> pipe = make_pipe();
  ASSERT_TRUE(pipe);
  const File reader(Io::system(), pipe.value().read, "pipe");
  const File writer(Io::system(), pipe.value().write, "pipe");
  EXPECT_FALSE(is_large_pipe(writer.fd()));
  if (::fcntl(writer.fd(), F_SETPIPE_SZ, large) < large) GTEST_SKIP() << "no large pipes here";
  EXPECT_TRUE(is_large_pipe(writer.fd()));
  EXPECT_TRUE(is_large_pipe(reader.fd()));
  const Result<File> file = File::open(Io::system(), "/dev/null", O_RDWR);
  ASSERT_TRUE(file);
  EXPECT_FALSE(is_large_pipe(file.value().fd()));
}

TEST(PipePace, AReaderOfPagesIsNotInterruptedForEach) {
  FaultyIo io;
  FileClaims claims;
  const StageContext context(io, Clock::system(), claims);
  const Result<PipeEnds> pipe = make_pipe();
  ASSERT_TRUE(pipe);
  File reader(Io::system(), pipe.value().read, "pipe");
  File writer(io, pipe.value().write, "pipe");
  ::fcntl(writer.fd(), F_SETFL, O_NONBLOCK);
  if (::fcntl(writer.fd(), F_SETPIPE_SZ, large) < large) GTEST_SKIP() << "no large pipes here";

  std::size_t pages = 0;
  std::thread reading([&] {
    std::array<char, 4096> page{};
    while (reader.read(page).value() > 0) ++pages;
  });
  {
    RawWriter raw(writer, context);
    const std::string text(large, 'x');
    for (int i = 0; i < 32; ++i) EXPECT_TRUE(raw.write(text));
    EXPECT_TRUE(raw.flush());
  }
  writer = {};
  reading.join();
  EXPECT_EQ(pages, 32U * large / 4096);
  EXPECT_LT(io.count(FaultyIo::Call::writev), 4000);
}

}  // namespace
}  // namespace sluice
