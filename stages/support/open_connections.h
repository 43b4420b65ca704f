// The connections that a source reads, in the order in which they were last heard of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <utility>

#include "stages/support/connection_input.h"
#include "stages/support/event_loop.h"

namespace sluice {

struct OpenConnection {
  ConnectionInput input;
  std::int64_t heard_ns;   ///< When it last sent something; or when it was accepted.
  bool is_agreed = false;  ///< Its handshake is done.
  EventLoop::Until until = EventLoop::Until::readable;
  std::list<OpenConnection>::iterator at{};
};

/// Times are those of one clock, and never get smaller. A connection stays where it is in memory
/// until it is removed. One thread at a time.
class OpenConnections {
 public:
  /// Adds one that is still to shake hands.
  OpenConnection& add(ConnectionInput input, std::int64_t now_ns) {
    shaking_.push_back({std::move(input), now_ns});
    shaking_.back().at = std::prev(shaking_.end());
    return shaking_.back();
  }
  void remove(const OpenConnection& connection) { list_of(connection).erase(connection.at); }

  void agreed(OpenConnection& connection, std::int64_t now_ns) {
    connection.is_agreed = true;
    agreed_.splice(agreed_.end(), shaking_, connection.at);
    heard(connection, now_ns);
  }
  void heard(OpenConnection& connection, std::int64_t now_ns) {
    connection.heard_ns = now_ns;
    std::list<OpenConnection>& all = list_of(connection);
    all.splice(all.end(), all, connection.at);
  }

  bool empty() const noexcept { return size() == 0; }
  std::size_t size() const noexcept { return agreed_.size() + shaking_.size(); }
  /// The one of those that have agreed that was quiet for longest; null: there are none.
  OpenConnection* quietest() noexcept { return agreed_.empty() ? nullptr : &agreed_.front(); }
  /// The same of those that are shaking hands.
  OpenConnection* slowest() noexcept { return shaking_.empty() ? nullptr : &shaking_.front(); }

 private:
  std::list<OpenConnection>& list_of(const OpenConnection& connection) noexcept {
    return connection.is_agreed ? agreed_ : shaking_;
  }

  std::list<OpenConnection> agreed_;
  std::list<OpenConnection> shaking_;
};

}  // namespace sluice
