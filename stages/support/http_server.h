// Receiving what is posted over HTTP: the one door to libmicrohttpd.
//
// One thread reads all connections, waits with epoll, and holds back the answer to each body until
// somebody has taken it. Until then its connection is suspended, and costs nothing but the body.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/units.h"
#include "engine/stage/stage_context.h"
#include "stages/support/network_address.h"

namespace sluice {

struct HttpServerSettings {
  NetworkAddress listen;
  std::string path = "/";
  std::uint64_t max_connections = 1000;             ///< Further ones wait in the kernel's queue.
  ByteSize max_header = 8_KiB;                      ///< Of a request line and its header fields.
  ByteSize max_body = 16_MiB;                       ///< As sent, and decompressed.
  ByteSize max_pending = 64_MiB;                    ///< Of all bodies that nobody has taken whole.
  Duration idle_timeout{std::chrono::seconds(60)};  ///< In whole seconds; 0: none.
  Duration receive_timeout{std::chrono::minutes(5)};  ///< Of a body, to arrive; 0: none.
  Duration max_wait{std::chrono::seconds(5)};         ///< Of a body for somebody to take it.
  Duration retry_after{std::chrono::seconds(1)};  ///< What clients are told that are to come back.
  bool keeps_peers = false;                       ///< Bodies say who sent them.
  /// What is wrong with a body that has arrived whole; nothing: nothing. On the thread of the
  /// server.
  std::function<std::optional<std::string>(std::string_view text)> check;
};

/// A body that arrived whole, and whose sender waits for an answer.
struct PostedBody {
  std::uint64_t number = 0;
  std::string text;
  std::string peer;  ///< As peer_name() has it; where the server listens, unless it keeps_peers.
};

/// Answers requests itself that no body comes of: 400 (damaged), 404, 405, 413, 415, 431, and 503
/// with Retry-After when there is no room for a body, nobody takes it in time, or the server is
/// stopped. The text of these is JSON: {"error": "..."}. Each is counted as a warning of the
/// context under a word of its own. What is taken is answered 204 when it is accepted.
class HttpServer {
 public:
  explicit HttpServer(StageContext& context);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Answers those who wait with 503, gives what is said a second to get out, and closes all
  /// connections.
  ~HttpServer();

  /// Binds the address, logs it, and begins. Once. Errors: io.
  Status open(HttpServerSettings settings);

  /// The body that has waited longest, which is the caller's from then on: it has to accept it, as
  /// soon as nothing of it can get lost any more. Nothing: none came within `limit` (nothing: for
  /// ever), or the server was stopped and there will be no more. One thread at a time.
  std::optional<PostedBody> take(std::optional<std::chrono::nanoseconds> limit);
  void accept(std::uint64_t number);

  /// Takes no more connections, and refuses all bodies that have not arrived whole. From any
  /// thread, any number of times.
  void stop() noexcept;
  /// It was stopped, and nobody waits.
  bool ended() const noexcept;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace sluice
