#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "tests/unit/stages/sinks/socket_sink_fixture.h"

namespace sluice {

void register_udp_sink(Registry& registry);

namespace {

using ::testing::HasSubstr;

class UdpSinkTest : public SocketSinkTest {
 protected:
  UdpSinkTest() : SocketSinkTest(register_udp_sink, SocketType::datagram) {}

  /// What arrives of three records, sent with one call where nothing goes wrong.
  std::string received_of_three() {
    Sink& sink = make();
    opened_ = sink.open(rig_.context());
    if (!opened_) return {};
    written_ = sink.write(*batches_.make("one\ntwo\nthree\n"));
    std::string received;
    std::string datagram(64, '\0');
    while (true) {
      const ssize_t size = ::recv(server_.fd(), datagram.data(), datagram.size(), MSG_DONTWAIT);
      if (size < 0) return received;
      received += datagram.substr(0, static_cast<std::size_t>(size)) + ";";
    }
  }
  std::uint64_t warned(const std::string& reason) {
    const auto all = rig_.context().incidents().all();
    const auto found = all.find(reason);
    return found == all.end() ? 0 : found->second.count;
  }

  Status opened_ = Done{};
  Result<Next> written_ = Next::again;
};

TEST_F(UdpSinkTest, SendsEachRecord) {
  EXPECT_EQ(received_of_three(), "one;two;three;");
  EXPECT_TRUE(written_);
  EXPECT_EQ(io_.count(FaultyIo::Call::sendmmsg), 1);
}

TEST_F(UdpSinkTest, AnInterruptionAndAFullSocketLoseNothing) {
  for (const int error : {EINTR, EAGAIN}) {
    io_.fail(FaultyIo::Call::sendmmsg, io_.count(FaultyIo::Call::sendmmsg) + 1, error);
    EXPECT_EQ(received_of_three(), "one;two;three;") << error;
    EXPECT_TRUE(written_);
  }
  EXPECT_EQ(io_.count(FaultyIo::Call::sendmmsg), 4);
}

TEST_F(UdpSinkTest, WhatNobodyTakesIsCountedAndTheNextIsSent) {
  for (const int error : {ENOBUFS, ENETUNREACH, EHOSTUNREACH, ECONNREFUSED}) {
    io_.fail(FaultyIo::Call::sendmmsg, io_.count(FaultyIo::Call::sendmmsg) + 1, error);
    EXPECT_EQ(received_of_three(), "two;three;") << error;
    EXPECT_TRUE(written_);
  }
  EXPECT_EQ(warned("refused"), 4U);
}

TEST_F(UdpSinkTest, WhatIsTooLongIsRejected) {
  io_.fail(FaultyIo::Call::sendmmsg, 1, EMSGSIZE);
  EXPECT_EQ(received_of_three(), "two;three;");
  EXPECT_TRUE(written_);
  EXPECT_EQ(rig_.context().rejected(), 1U);
}

TEST_F(UdpSinkTest, OtherErrorsEndIt) {
  io_.fail(FaultyIo::Call::sendmmsg, 1, EIO);
  EXPECT_EQ(received_of_three(), "");
  ASSERT_FALSE(written_);
  EXPECT_EQ(written_.error().code, ErrorCode::io);
  EXPECT_THAT(to_string(written_.error()), HasSubstr("cannot send"));
  EXPECT_THAT(to_string(written_.error()), HasSubstr(server_.name()));
}

}  // namespace
}  // namespace sluice
