#include "stages/support/datagram_receiver.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/support/network_socket.h"

namespace sluice {
namespace {

class DatagramReceiverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<BoundSocket> bound =
        bind_socket(Io::system(), address("127.0.0.1:0"), SocketType::datagram);
    ASSERT_TRUE(bound) << to_string(bound.error());
    socket_ = std::move(bound).value();
    sender_ = connected();
  }

  static NetworkAddress address(const std::string& text) {
    std::string why;
    return NetworkAddress::parse(text, why).value_or(NetworkAddress());
  }
  File connected() const {
    Result<File> file = connect_socket(Io::system(), address(socket_.name()), SocketType::datagram,
                                       std::chrono::seconds(10));
    EXPECT_TRUE(file) << to_string(file.error());
    return file ? std::move(file).value() : File();
  }
  void send(std::string_view text) {
    ASSERT_EQ(::send(sender_.fd(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }

  struct Seen {
    std::string text;
    bool is_truncated;
    bool operator==(const Seen&) const = default;
  };
  std::vector<Seen> receive(std::size_t longest, std::size_t room) {
    std::vector<char> memory(room);
    DatagramReceiver receiver(longest);
    const auto received = receiver.receive(Io::system(), socket_.fd(), memory);
    EXPECT_TRUE(received);
    std::vector<Seen> seen;
    if (!received) return seen;
    for (const Datagram& datagram : received.value()) {
      seen.push_back({std::string(datagram.text), datagram.is_truncated});
    }
    return seen;
  }

  BoundSocket socket_;
  File sender_;
};

TEST_F(DatagramReceiverTest, TakesAsManyAsThereIsRoomFor) {
  for (int i = 0; i < 5; ++i) send(std::to_string(i));
  EXPECT_EQ(receive(10, 3 * 12 + 11).size(), 3U);
  const auto rest = receive(10, 10 * 12);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].text, "3");
  EXPECT_EQ(rest[1].text, "4");
  EXPECT_TRUE(receive(10, 12).empty());
}

TEST_F(DatagramReceiverTest, KnowsWhatIsTruncatedAndWhatOnlyEnds) {
  send("0123456789");
  send("0123456789\r\n");
  send("0123456789abc");
  send("");
  const auto seen = receive(10, 4 * 12);
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0], (Seen{"0123456789", false}));
  EXPECT_EQ(seen[1], (Seen{"0123456789", false}));
  EXPECT_EQ(seen[2], (Seen{"0123456789ab", true}));
  EXPECT_EQ(seen[3], (Seen{"", false}));
}

TEST_F(DatagramReceiverTest, TellsSendersApart) {
  const File other = connected();
  send("a");
  ASSERT_EQ(::send(other.fd(), "b", 1, 0), 1);
  std::array<char, 100> memory{};
  DatagramReceiver receiver(10);
  const auto received = receiver.receive(Io::system(), socket_.fd(), memory);
  ASSERT_TRUE(received);
  ASSERT_EQ(received.value().size(), 2U);
  EXPECT_NE(received.value()[0].peer->text(), received.value()[1].peer->text());
  EXPECT_TRUE(received.value()[0].peer->text().starts_with("127.0.0.1:"));
}

TEST_F(DatagramReceiverTest, WhatTheKernelDroppedIsCountedToTheLast) {
  const int small = 4096;
  ASSERT_EQ(::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
  constexpr std::size_t sent = 200;
  for (std::size_t i = 0; i < sent; ++i) send(std::string(500, 'x'));
  std::size_t received = 0;
  while (const std::size_t count = receive(500, 1 << 16).size()) received += count;
  EXPECT_GT(received, 0U);
  EXPECT_LT(received, sent);
  EXPECT_EQ(received + dropped_by_kernel(socket_.fd()), sent);
}

}  // namespace
}  // namespace sluice
