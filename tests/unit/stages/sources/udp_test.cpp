#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/network_socket.h"
#include "tests/support/stage_harness.h"

namespace sluice {

void register_udp(Registry& registry);

namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class UdpSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "sluice_udp_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string where() const { return "unix:" + folder_ + "/socket"; }

  void send(std::string_view text) {
    if (!sender_) {
      std::string why;
      Result<File> file = connect_socket(Io::system(), *NetworkAddress::parse(where(), why),
                                         SocketType::datagram, std::chrono::seconds(10));
      ASSERT_TRUE(file) << to_string(file.error());
      sender_ = std::move(file).value();
    }
    ASSERT_EQ(::send(sender_.fd(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }

  std::string folder_;
  File sender_;
};

/// The socket is there when the source is open: an Io that sends before the first wait.
class SendingIo final : public Io {
 public:
  explicit SendingIo(std::function<void()> send) : send_(std::move(send)) {}
  int poll(pollfd* fds, nfds_t count, int timeout_ms) override {
    if (send_) std::exchange(send_, nullptr)();
    return Io::poll(fds, count, timeout_ms);
  }
  int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags) override {
    errno = std::exchange(receive_error, 0);
    return errno != 0 ? -1 : Io::recvmmsg(fd, messages, count, flags);
  }
  int receive_error = 0;  ///< Of the next call.

 private:
  std::function<void()> send_;
};

TEST_F(UdpSourceTest, DeliversWhatHasArrivedWhenItIsStopped) {
  for (const std::size_t buffer : {64U, 4096U}) {
    SourceHarness* running = nullptr;
    SendingIo io([&] {
      for (int i = 0; i < 5; ++i) send("record " + std::to_string(i));
      running->source().stop();
    });
    SourceHarness harness(register_udp, {option("listen", where())}, io);
    running = &harness;
    const SourceOutput output = harness.run(buffer);
    ASSERT_TRUE(output.status) << to_string(output.status.error());
    EXPECT_THAT(output.records,
                ElementsAre("record 0\n", "record 1\n", "record 2\n", "record 3\n", "record 4\n"));
    EXPECT_EQ(output.counted, 5U);
    EXPECT_EQ(output.progress.read_bytes, 40U);
    EXPECT_TRUE(harness.source().ends_itself());
    sender_ = File();
  }
}

TEST_F(UdpSourceTest, FlushesWhenItIsQuiet) {
  SourceHarness* running = nullptr;
  SendingIo io([&] { send("one"); });
  SourceHarness harness(register_udp, {option("listen", where()), option("linger", "1ms")}, io);
  running = &harness;
  const SourceOutput output = harness.run(4096, [&](const Batch& batch) {
    EXPECT_TRUE(batch.flush());
    running->source().stop();
  });
  ASSERT_TRUE(output.status);
  EXPECT_THAT(output.records, ElementsAre("one\n"));
}

TEST_F(UdpSourceTest, MayFailAtOneThatIsTooLong) {
  SendingIo io([&] { send(std::string(65, 'x')); });
  SourceHarness harness(
      register_udp,
      {option("listen", where()), option("max_record", "64B"), option("oversize", "fail")}, io);
  const SourceOutput output = harness.run(4096);
  ASSERT_FALSE(output.status);
  EXPECT_EQ(output.status.error().code, ErrorCode::limit);
}

TEST_F(UdpSourceTest, AnInterruptedCallIsMadeAgain) {
  SourceHarness* running = nullptr;
  SendingIo io([&] {
    send("one");
    running->source().stop();
  });
  io.receive_error = EINTR;
  SourceHarness harness(register_udp, {option("listen", where())}, io);
  running = &harness;
  const SourceOutput output = harness.run(4096);
  ASSERT_TRUE(output.status);
  EXPECT_THAT(output.records, ElementsAre("one\n"));
  EXPECT_EQ(io.receive_error, 0);
}

TEST_F(UdpSourceTest, AnErrorOfTheKernelNamesTheSocket) {
  SendingIo io([&] { send("one"); });
  io.receive_error = ENOMEM;
  SourceHarness harness(register_udp, {option("listen", where())}, io);
  const SourceOutput output = harness.run(4096);
  ASSERT_FALSE(output.status);
  EXPECT_EQ(output.status.error().code, ErrorCode::io);
  EXPECT_EQ(output.status.error().file, where());
}

TEST_F(UdpSourceTest, SaysWhenTheKernelGivesLess) {
  SourceHarness harness(register_udp,
                        {option("listen", where()), option("receive_buffer", "1GiB")});
  harness.source().stop();
  const SourceOutput output = harness.run(4096);
  ASSERT_TRUE(output.status);
  EXPECT_THAT(output.incidents, ElementsAre(Pair("receive_buffer_limited", 1)));
}

TEST_F(UdpSourceTest, AnAddressInUseIsAnError) {
  SourceHarness first(register_udp, {option("listen", where())});
  SourceHarness second(register_udp, {option("listen", where())});
  first.source().stop();
  second.source().stop();
  ASSERT_TRUE(first.run(64).status);
  const SourceOutput output = second.run(64);
  ASSERT_FALSE(output.status);
  EXPECT_EQ(output.status.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace sluice
