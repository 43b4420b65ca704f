// The control socket of a run: pauses and resumes its sources, and says how they are.
//
// A connection carries one request, a line of words, and gets an answer that ends with the
// connection: `ok` and what there is to say, or `error: ` and why.
//
//   sources                     PIPELINE SOURCE reading|paused|ended, a line for each
//   pause PIPELINE SOURCE
//   resume PIPELINE SOURCE
#pragma once

#include <string>
#include <string_view>
#include <thread>

#include "engine/base/io.h"
#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/run/runner.h"
#include "stages/support/network_socket.h"
#include "stages/support/wakeup.h"

namespace sluice {

/// What `runner` answers to `request`, which is logged if it changes anything. Thread-safe.
std::string answer_control(Runner& runner, Log& log, std::string_view request);

/// Answers requests on a thread of its own, one after the other; a client that says nothing is
/// given up after a few seconds.
class ControlSocket {
 public:
  ControlSocket() = default;
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  /// Nothing is answered after this, and the socket's file is gone.
  ~ControlSocket();

  /// Makes the socket's file, to which only its user may connect; one that a process left behind is
  /// replaced. REQUIRES: no other thread runs yet.
  Status open(const std::string& path);
  /// `runner` and `log` outlive it.
  void start(Runner& runner, Log& log);

 private:
  void serve(Runner& runner, Log& log);
  void answer(File client, Runner& runner, Log& log);

  InterruptibleIo io_{Io::system()};
  BoundSocket socket_;
  std::thread thread_;
};

}  // namespace sluice
