#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/stages/sinks/socket_sink_fixture.h"

namespace sluice {

void register_tcp_sink(Registry& registry);

namespace {

using ::testing::HasSubstr;

Value policy(const std::string& attempts) {
  return Value::map(
      {{"attempts", {}, Value::scalar(attempts)}, {"backoff", {}, Value::scalar("1ms")}});
}

class TcpSinkTest : public SocketSinkTest {
 protected:
  TcpSinkTest() : SocketSinkTest(register_tcp_sink, SocketType::stream) {
    std::signal(SIGPIPE, SIG_IGN);
  }
  Peer accept() const { return Peer::accepted_by(server_); }
};

TEST_F(TcpSinkTest, SendsRecordsAndTheirEnd) {
  Sink& sink = make();
  ASSERT_TRUE(sink.open(rig_.context()));
  EXPECT_TRUE(sink.may_block());
  std::string received;
  std::thread peer([&] { received = accept().read(); });
  const std::string large(200'000, 'x');
  EXPECT_TRUE(sink.write(*batches_.make("a\nb")));
  EXPECT_TRUE(sink.write(*batches_.make(large + "\n")));
  EXPECT_TRUE(sink.write(*batches_.make("c\n")));
  EXPECT_TRUE(sink.flush());
  EXPECT_TRUE(sink.end_input());
  peer.join();
  EXPECT_TRUE(received == "a\nb\n" + large + "\nc\n");
}

TEST_F(TcpSinkTest, FlushesWhatItHasCollected) {
  Sink& sink = make();
  ASSERT_TRUE(sink.open(rig_.context()));
  const Peer peer = accept();
  EXPECT_TRUE(sink.write(*batches_.make("a\n")));
  EXPECT_TRUE(sink.flush());
  EXPECT_EQ(peer.read(2), "a\n");
}

TEST_F(TcpSinkTest, GoesOnWithTheRecordThatWasCut) {
  Sink& sink = make();
  io_.shorten(FaultyIo::Call::write, 10);
  io_.fail(FaultyIo::Call::write, 3, EPIPE);
  ASSERT_TRUE(sink.open(rig_.context()));
  std::string first;
  std::string second;
  std::thread peer([&] {
    first = accept().read();
    second = accept().read();
  });
  EXPECT_TRUE(sink.write(*batches_.make("line 1\nline 2\nline 3\nline 4\n")));
  EXPECT_TRUE(sink.flush());
  EXPECT_TRUE(sink.end_input());
  peer.join();
  EXPECT_EQ(first, "line 1\nline 2\nline 3");  // 20 bytes without the line end.
  EXPECT_EQ(second, "line 3\nline 4\n");
  EXPECT_EQ(rig_.context().findings().number("reconnects").load(), 1U);
  EXPECT_EQ(rig_.context().findings().number("bytes_sent_again").load(), 6U);
}

TEST_F(TcpSinkTest, TriesAgainAsOftenAsItMay) {
  Sink& sink = make({{"retry", policy("3")}});
  io_.fail(FaultyIo::Call::write, 1, ECONNRESET, true);
  ASSERT_TRUE(sink.open(rig_.context()));
  EXPECT_TRUE(sink.write(*batches_.make("a\n")));
  const Status flushed = sink.flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, ErrorCode::io);
  EXPECT_EQ(io_.count(FaultyIo::Call::write), 4);
}

TEST_F(TcpSinkTest, ConnectsAtOnceOrAsOftenAsRetrySays) {
  server_ = {};
  SocketFolder elsewhere;
  const Value nobody = Value::scalar(elsewhere.address("nobody"));
  for (const std::string attempts : {"", "2"}) {
    std::vector<std::pair<std::string, Value>> options{{"address", nobody}};
    if (!attempts.empty()) options.emplace_back("retry", policy(attempts));
    Parts parts = rig_.parts(options);
    const Status opened = std::get<SinkPart>(parts[parts.size() - 1]).sink->open(rig_.context());
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("cannot connect"));
  }
}

TEST_F(TcpSinkTest, DropsWhatThePeerSends) {
  Sink& sink = make();
  ASSERT_TRUE(sink.open(rig_.context()));
  const std::string much(4 << 20, 'x');
  std::string received;
  std::thread peer([&] {
    const Peer accepted = accept();
    accepted.write(much);
    received = accepted.read();
  });
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(sink.write(*batches_.make(std::string(99'999, 'y') + "\n")));
  EXPECT_TRUE(sink.flush());
  EXPECT_TRUE(sink.end_input());
  peer.join();
  EXPECT_EQ(received.size(), 2'000'000U);
}

TEST_F(TcpSinkTest, APeerThatNeverClosesIsAnErrorInTheEnd) {
  Sink& sink = make({{"close_timeout", Value::scalar("20ms")}});
  ASSERT_TRUE(sink.open(rig_.context()));
  const Peer peer = accept();
  EXPECT_TRUE(sink.write(*batches_.make("a\n")));
  EXPECT_TRUE(sink.flush());
  EXPECT_FALSE(sink.end_input());
}

TEST_F(TcpSinkTest, SendsAgainWhatALostPeerMayNotHaveRead) {
  Sink& sink = make({{"retry", policy("5")}, {"resend", Value::scalar("1MiB")}});
  ASSERT_TRUE(sink.open(rig_.context()));
  {
    const Peer first = accept();
    for (const char* record : {"a\n", "b\n"}) {
      EXPECT_TRUE(sink.write(*batches_.make(record)));
      EXPECT_TRUE(sink.flush());
    }
    EXPECT_EQ(first.read(2), "a\n");
  }
  std::string received;
  std::thread peer([&] {
    // The second one goes away before it has read everything.
    EXPECT_EQ(accept().read(5), "a\nb\nc");
    received = accept().read();
  });
  EXPECT_TRUE(sink.write(*batches_.make("c\n")));
  EXPECT_TRUE(sink.flush());
  EXPECT_TRUE(sink.end_input());
  peer.join();
  EXPECT_EQ(received, "a\nb\nc\n");
}

TEST_F(TcpSinkTest, APeerThatTakesNothingCountsAsLost) {
  Sink& sink = make({{"write_timeout", Value::scalar("20ms")}, {"retry", policy("0")}});
  ASSERT_TRUE(sink.open(rig_.context()));
  const Peer peer = accept();
  Result<Next> next = Next::again;
  while (next) next = sink.write(*batches_.make(std::string(99'999, 'y') + "\n"));
  EXPECT_THAT(to_string(next.error()), HasSubstr("timed out"));
}

TEST_F(TcpSinkTest, IsInterruptedWhileItWaits) {
  Sink& sink = make();
  ASSERT_TRUE(sink.open(rig_.context()));
  const Peer peer = accept();
  std::thread writer([&] {
    Result<Next> next = Next::again;
    while (next && next.value() == Next::again) {
      next = sink.write(*batches_.make(std::string(99'999, 'y') + "\n"));
    }
    EXPECT_TRUE(next);
  });
  peer.read(1'000'000);
  sink.stop();
  writer.join();
  sink.abandon();
}

TEST_F(TcpSinkTest, IsInterruptedBetweenAttempts) {
  Sink& sink = make({{"retry", Value::map({{"backoff", {}, Value::scalar("1h")},
                                           {"max_backoff", {}, Value::scalar("1h")}})}});
  ASSERT_TRUE(sink.open(rig_.context()));
  io_.fail(FaultyIo::Call::write, 1, EPIPE);
  ASSERT_TRUE(sink.write(*batches_.make("a\n")));
  std::thread writer([&] { EXPECT_TRUE(sink.flush()); });
  while (io_.count(FaultyIo::Call::write) == 0) std::this_thread::yield();
  sink.stop();
  writer.join();
  const Result<Next> next = sink.write(*batches_.make("b\n"));
  ASSERT_TRUE(next);
  EXPECT_EQ(next.value(), Next::finished);
}

}  // namespace
}  // namespace sluice
