// What tests of stages on sockets share: the other end of their connections.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/log.h"
#include "stages/support/network_socket.h"

namespace sluice {

/// A folder for Unix sockets that goes away with the object.
class SocketFolder {
 public:
  SocketFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-net-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;
  ~SocketFolder() { std::filesystem::remove_all(path_); }
  std::string address(const std::string& name) const { return "unix:" + path_ + "/" + name; }

 private:
  std::string path_;
};

inline NetworkAddress address_of(const std::string& text) {
  std::string why;
  return NetworkAddress::parse(text, why).value();
}

/// One end of a connection, whose calls wait.
class Peer {
 public:
  explicit Peer(File socket) : socket_(std::move(socket)) {
    ::fcntl(socket_.fd(), F_SETFL, 0);  // NOLINT: vararg
  }
  static Peer connected_to(const std::string& address) {
    return Peer(connect_socket(Io::system(), address_of(address), SocketType::stream,
                               std::chrono::seconds(5))
                    .value());
  }
  static Peer accepted_by(const BoundSocket& listening) {
    pollfd waiting{listening.fd(), POLLIN, 0};
    ::poll(&waiting, 1, 5000);
    return Peer(*accept_connection(listening).value());
  }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_.fd(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  /// All there is up to the end, or `limit` bytes.
  std::string read(std::size_t limit = std::string::npos) const {
    std::string text;
    std::array<char, 65536> chunk{};
    while (text.size() < limit) {
      const std::size_t most = std::min(limit - text.size(), chunk.size());
      const ssize_t count = ::read(socket_.fd(), chunk.data(), most);
      if (count <= 0) break;
      text.append(chunk.data(), static_cast<std::size_t>(count));
    }
    return text;
  }
  void close() { socket_ = {}; }
  /// Ends the connection without a proper end (RST).
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }

 private:
  File socket_;
};

/// What a stage says in the log, to be waited for.
class StageLog {
 public:
  StageLog() {
    EXPECT_EQ(::pipe(ends_.data()), 0);
    settings_.layout = LogLayout::logfmt;
    settings_.descriptor = ends_[1];
  }
  StageLog(const StageLog&) = delete;
  StageLog& operator=(const StageLog&) = delete;
  ~StageLog() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Log::Settings settings() const { return settings_; }

  /// The value of `key` in the next line that has it.
  std::string next(const std::string& key) const {
    std::string line;
    for (char c = 0; ::read(ends_[0], &c, 1) == 1;) {
      line += c;
      if (c != '\n') continue;
      const std::size_t at = line.find(" " + key + "=");
      if (at != std::string::npos) {
        const std::size_t begin = at + key.size() + 2;
        return line.substr(begin, line.find_first_of(" \n", begin) - begin);
      }
      line.clear();
    }
    return {};
  }
  /// How many of the lines that are there already have `key`; they are taken.
  std::size_t count(const std::string& key) const {
    std::size_t lines = 0;
    pollfd waiting{ends_[0], POLLIN, 0};
    while (::poll(&waiting, 1, 0) == 1 && !next(key).empty()) ++lines;
    return lines;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  Log::Settings settings_;
};

}  // namespace sluice
