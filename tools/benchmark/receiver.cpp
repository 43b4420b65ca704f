#include "tools/benchmark/receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

#include "engine/base/io.h"

namespace sluice::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds glance{1};
constexpr std::chrono::seconds patience_to_listen{10};
constexpr std::chrono::seconds patience_to_write{60};

Error failure(std::string message) {
  Error error;
  error.code = ErrorCode::io;
  error.message = std::move(message);
  return error;
}

/// It can still be waited for.
bool has_ended(pid_t program) {
  siginfo_t info{};
  const int options = WEXITED | WNOHANG | WNOWAIT;
  return waitid(P_PID, static_cast<id_t>(program), &info, options) == 0 && info.si_pid != 0;
}

/// proc(5): after the number of a line and a colon come the local address and port in hexadecimal,
/// those of the peer, and the state, of which 0A is that of a listener.
bool is_listening(const char* table, std::uint16_t port) {
  std::ifstream lines(table);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string number;
    std::string local;
    std::string peer;
    std::string state;
    words >> number >> local >> peer >> state;
    const std::size_t colon = local.rfind(':');
    if (state != "0A" || colon == std::string::npos) continue;
    std::uint16_t found = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
    if (found == port) return true;
  }
  return false;
}

/// Looks again and again, since there is nothing to be told by.
template <class Condition>
Status await(Condition condition, std::chrono::seconds patience, pid_t program,
             const std::string& what) {
  const auto end = steady_clock::now() + patience;
  while (!condition()) {
    if (has_ended(program)) return failure("the receiver ended before " + what);
    if (steady_clock::now() > end) return failure("in vain for " + what);
    std::this_thread::sleep_for(glance);
  }
  return Done{};
}

}  // namespace

Result<std::uint16_t> free_port() {
  const File socket(Io::system(), ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* general = reinterpret_cast<sockaddr*>(&address);  // NOLINT(*-reinterpret-cast)
  if (!socket || bind(socket.fd(), general, size) != 0 ||
      getsockname(socket.fd(), general, &size) != 0) {
    return io_error("cannot get a port", errno);
  }
  return ntohs(address.sin_port);
}

Status await_listener(std::uint16_t port, pid_t program) {
  const auto condition = [port] {
    return is_listening("/proc/net/tcp", port) || is_listening("/proc/net/tcp6", port);
  };
  return await(condition, patience_to_listen, program, "it listened");
}

Status await_bytes(const std::string& path, std::uint64_t bytes, pid_t program) {
  const auto condition = [&] {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) >= bytes;
  };
  return await(condition, patience_to_write, program, "it had written all");
}

}  // namespace sluice::bench
