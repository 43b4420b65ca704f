#include "stages/support/network_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "stages/support/wakeup.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

NetworkAddress address(const std::string& text) {
  std::string why;
  const std::optional<NetworkAddress> parsed = NetworkAddress::parse(text, why);
  EXPECT_TRUE(parsed) << why;
  return parsed.value_or(NetworkAddress());
}

class NetworkSocketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "sluice_socket_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/socket"; }
  NetworkAddress unix_address() const { return address("unix:" + path()); }

  BoundSocket bound(const NetworkAddress& where, SocketType type) {
    Result<BoundSocket> socket = bind_socket(Io::system(), where, type);
    EXPECT_TRUE(socket) << to_string(socket.error());
    return socket ? std::move(socket).value() : BoundSocket();
  }
  std::string bind_error(const NetworkAddress& where, SocketType type = SocketType::stream) {
    const Result<BoundSocket> socket = bind_socket(Io::system(), where, type);
    return socket ? "bound" : to_string(socket.error());
  }
  File connected(const std::string& where, SocketType type) {
    Result<File> file = connect_socket(Io::system(), address(where), type, 10s);
    EXPECT_TRUE(file) << to_string(file.error());
    return file ? std::move(file).value() : File();
  }
  /// The peer of the next connection. Non-blocking, so it must be there already: connect returns
  /// only when it is.
  std::string accepted(const BoundSocket& listening, File& to) {
    Result<std::optional<File>> next = accept_connection(listening);
    EXPECT_TRUE(next) << to_string(next.error());
    if (!next || !next.value()) return "nobody";
    to = *std::move(next).value();
    return to.name();
  }

  std::string folder_;
};

TEST_F(NetworkSocketTest, ConnectsToWhatListens) {
  for (const char* where : {"127.0.0.1:0", "localhost:0", ":0"}) {
    const BoundSocket listening = bound(address(where), SocketType::stream);
    const std::string port = listening.name().substr(listening.name().rfind(':'));
    EXPECT_NE(port, ":0");
    File there = connected((*where == ':' ? "127.0.0.1" : "localhost") + port, SocketType::stream);
    File here;
    EXPECT_THAT(accepted(listening, here), HasSubstr(*where == ':' ? "127.0.0.1:" : ":"));
    ASSERT_TRUE(there.write_all(std::string_view("hello")));
    std::array<char, 8> bytes{};
    pollfd ready{here.fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
    EXPECT_EQ(here.read(bytes).value(), 5U);
  }
}

TEST_F(NetworkSocketTest, SocketsAreNonBlockingAndClosedOnExec) {
  const BoundSocket listening = bound(unix_address(), SocketType::stream);
  const File there = connected("unix:" + path(), SocketType::stream);
  File here;
  EXPECT_EQ(accepted(listening, here), "unix:");
  for (const int fd : {listening.fd(), there.fd(), here.fd()}) {
    EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(accepted(listening, here), "nobody");
}

TEST_F(NetworkSocketTest, APortOrPathInUseIsAnError) {
  for (const SocketType type : {SocketType::stream, SocketType::datagram}) {
    const BoundSocket first = bound(address("127.0.0.1:0"), type);
    EXPECT_THAT(bind_error(address(first.name()), type), HasSubstr("cannot bind"));
    EXPECT_THAT(bind_error(address(first.name()), type), HasSubstr(first.name()));
    const BoundSocket second = bound(unix_address(), type);
    EXPECT_THAT(bind_error(unix_address(), type), HasSubstr("cannot bind"));
    EXPECT_TRUE(connect_socket(Io::system(), unix_address(), type, 10s));
  }
}

TEST_F(NetworkSocketTest, AnAbandonedUnixSocketIsReplaced) {
  for (const SocketType type : {SocketType::stream, SocketType::datagram}) {
    {
      const BoundSocket first = bound(unix_address(), type);
      // Under another name, so that it stays behind.
      std::filesystem::rename(path(), path() + "2");
    }
    std::filesystem::rename(path() + "2", path());
    ASSERT_TRUE(std::filesystem::is_socket(path()));
    bound(unix_address(), type);
    EXPECT_FALSE(std::filesystem::exists(path()));
  }
}

TEST_F(NetworkSocketTest, WhatIsNoSocketIsLeftAlone) {
  std::ofstream(path()) << "precious";
  EXPECT_THAT(bind_error(unix_address()), HasSubstr("cannot bind"));
  EXPECT_EQ(std::filesystem::file_size(path()), 8U);
}

TEST_F(NetworkSocketTest, RemovesOnlyItsOwnSocket) {
  {
    const BoundSocket first = bound(unix_address(), SocketType::stream);
    std::filesystem::remove(path());
    std::ofstream(path()) << "precious";
  }
  EXPECT_EQ(std::filesystem::file_size(path()), 8U);
}

TEST_F(NetworkSocketTest, NobodyListening) {
  std::string name;
  { name = bound(address("127.0.0.1:0"), SocketType::stream).name(); }
  const Result<File> file = connect_socket(Io::system(), address(name), SocketType::stream, 10s);
  ASSERT_FALSE(file);
  EXPECT_THAT(to_string(file.error()), HasSubstr("cannot connect"));
  EXPECT_THAT(to_string(file.error()), HasSubstr("refused"));
  EXPECT_EQ(file.error().file, name);
}

/// A connection that is under way for ever.
class SlowIo final : public Io {
 public:
  explicit SlowIo(int answer) : answer_(answer) {}
  int connect(int /*fd*/, const sockaddr* /*peer*/, socklen_t /*length*/) override {
    errno = EINPROGRESS;
    return -1;
  }
  int poll(pollfd* fds, nfds_t count, int timeout_ms) override {
    fds[0].fd = -1;  // Without a connection under way there is nothing to wait for.
    return answer_ == 0 ? 0 : Io::poll(fds, count, timeout_ms);
  }

 private:
  int answer_;
};

TEST_F(NetworkSocketTest, GivesUpWhenTheTimeIsOver) {
  SlowIo io(0);
  const Result<File> file = connect_socket(io, address("127.0.0.1:9"), SocketType::stream, 1h);
  ASSERT_FALSE(file);
  EXPECT_THAT(to_string(file.error()), HasSubstr("timed out"));
}

TEST_F(NetworkSocketTest, CanBeCalledOff) {
  Wakeup wakeup;
  ASSERT_TRUE(wakeup.open());
  wakeup.signal();
  SlowIo io(1);
  const Result<File> file =
      connect_socket(io, address("127.0.0.1:9"), SocketType::stream, 1h, wakeup.fd());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace sluice
