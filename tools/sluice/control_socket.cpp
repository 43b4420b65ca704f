#include "tools/sluice/control_socket.h"

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

namespace sluice {
namespace {

constexpr std::size_t longest_request = 4096;
constexpr std::chrono::seconds longest_silence{5};

std::string failure(std::string_view why) { return "error: " + std::string(why) + "\n"; }

std::string list_sources(Runner& runner) {
  std::string text = "ok\n";
  for (const Runner::SourceState& source : runner.source_states()) {
    text += source.pipeline + " " + source.source + " " + std::string(source.state) + "\n";
  }
  return text;
}

std::string set_paused(Runner& runner, Log& log, const std::vector<std::string>& words) {
  const bool pause = words[0] == "pause";
  const std::string& pipeline = words[1];
  const std::string& source = words[2];
  const auto done = pause ? runner.pause(pipeline, source) : runner.resume(pipeline, source);
  switch (done) {
    case PipelineRun::Pausing::no_such_source:
      return failure("pipeline '" + pipeline + "' has no source '" + source + "'");
    case PipelineRun::Pausing::was_so:
      return failure("source '" + source + "' is " +
                     (pause ? "paused already, or has ended" : "not paused"));
    case PipelineRun::Pausing::done:
      break;
  }
  log.warning(
      pause ? "paused" : "resumed",
      {{"pipeline", pipeline}, {"source", source}, {"reason", "the control socket said so"}});
  return "ok\n";
}

/// The first line of what the client says; nothing if it says none in time.
std::optional<std::string> read_request(InterruptibleIo& io, File& client) {
  std::string request;
  std::array<char, longest_request> piece{};
  while (request.find('\n') == std::string::npos) {
    if (request.size() >= longest_request) return std::nullopt;
    if (!io.wait_readable(client.fd(), longest_silence)) return std::nullopt;
    const Result<std::size_t> got =
        client.read(std::span(piece).first(longest_request - request.size()));
    if (!got) return std::nullopt;
    if (got.value() == 0) break;
    request.append(piece.data(), got.value());
  }
  return request.substr(0, request.find('\n'));
}

/// What this process makes from now on is for its user alone, until the end of the scope.
class PrivateFiles {
 public:
  PrivateFiles() : before_(umask(S_IRWXG | S_IRWXO)) {}
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;
  ~PrivateFiles() { umask(before_); }

 private:
  mode_t before_;
};

}  // namespace

std::string answer_control(Runner& runner, Log& log, std::string_view request) {
  std::istringstream stream{std::string(request)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(std::move(word));
  if (words == std::vector<std::string>{"sources"}) return list_sources(runner);
  const bool sets = !words.empty() && (words[0] == "pause" || words[0] == "resume");
  if (sets && words.size() == 3) return set_paused(runner, log, words);
  return failure("say: sources, pause PIPELINE SOURCE, or resume PIPELINE SOURCE");
}

ControlSocket::~ControlSocket() {
  io_.interrupt();
  if (thread_.joinable()) thread_.join();
}

Status ControlSocket::open(const std::string& path) {
  Status ready = io_.prepare();
  if (!ready) return ready;
  std::string why;
  const auto address = NetworkAddress::parse("unix:" + path, why);
  if (!address) {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = "'" + path + "': " + why;
    return error;
  }
  const PrivateFiles private_files;
  Result<BoundSocket> bound = bind_socket(io_, *address, SocketType::stream);
  if (!bound) return std::move(bound).error();
  socket_ = std::move(bound).value();
  return Done{};
}

void ControlSocket::start(Runner& runner, Log& log) {
  thread_ = std::thread([this, &runner, &log] { serve(runner, log); });
}

void ControlSocket::serve(Runner& runner, Log& log) {
  constexpr std::chrono::hours limit{1};
  while (!io_.interrupted()) {
    if (!io_.wait_readable(socket_.fd(), limit) || io_.interrupted()) continue;
    Result<std::optional<File>> client = accept_connection(socket_);
    if (!client) {
      log.error("control", {{"error", to_string(client.error())}});
      return;  // Such as no more descriptors: waiting for the next one would only spin.
    }
    if (client.value()) answer(std::move(*client.value()), runner, log);
  }
}

void ControlSocket::answer(File client, Runner& runner, Log& log) {
  const std::optional<std::string> request = read_request(io_, client);
  if (!request) return;
  const std::string text = answer_control(runner, log, *request);
  // A client that has gone away wants no answer.
  static_cast<void>(client.write_all(std::span<const char>(text)));
}

}  // namespace sluice
