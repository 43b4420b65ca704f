// `sluice control`: a request to a run that was started with --control, and its answer.

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "engine/base/io.h"
#include "stages/support/network_socket.h"
#include "stages/support/wakeup.h"
#include "tools/sluice/commands.h"
#include "tools/sluice/console.h"
#include "tools/sluice/exit_status.h"

namespace sluice {
namespace {

constexpr std::chrono::seconds time_out{10};

Result<std::string> ask(const NetworkAddress& address, const std::string& request) {
  InterruptibleIo io(Io::system());
  if (Status ready = io.prepare(); !ready) return std::move(ready).error();
  Result<File> server = connect_socket(io, address, SocketType::stream, time_out);
  if (!server) return std::move(server).error();
  Status sent = server.value().write_all(std::span<const char>(request));
  if (!sent) return std::move(sent).error();
  std::string answer;
  std::string piece(4096, '\0');
  while (true) {
    const Result<std::size_t> got = server.value().read(std::span(piece));
    if (!got) return got.error();
    if (got.value() == 0) return answer;
    answer.append(piece, 0, got.value());
  }
}

}  // namespace

int control_command(const ControlOptions& options) {
  std::string why;
  const auto address = NetworkAddress::parse("unix:" + options.socket, why);
  if (!address) {
    print_mistake("'" + options.socket + "': " + why);
    return number_of(ExitStatus::usage);
  }
  std::string request;
  for (const std::string& word : options.request) request += (request.empty() ? "" : " ") + word;
  const Result<std::string> answer = ask(*address, request + "\n");
  if (!answer) {
    print_mistake(to_string(answer.error()), "was it started with 'sluice run --control " +
                                                 options.socket + "', and does it still run?");
    return number_of(ExitStatus::failed);
  }
  const std::string& text = answer.value();
  if (text.rfind("ok\n", 0) == 0) return print_out(text.substr(3));
  print_error(text);
  return number_of(ExitStatus::failed);
}

}  // namespace sluice
