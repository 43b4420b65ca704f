// What tests of sinks on sockets share: the sink, whose calls may be made to fail, and its server.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/faulty_io.h"
#include "tests/support/stage_rig.h"
#include "tests/unit/stages/socket_fixture.h"

namespace sluice {

class SocketSinkTest : public testing::Test {
 protected:
  SocketSinkTest(void (*register_sink)(Registry&), SocketType type)
      : server_(bind_socket(Io::system(), address_of(folder_.address("s")), type).value()),
        rig_(register_sink, io_) {}

  /// Of these options, with the address of the server.
  Sink& make(std::vector<std::pair<std::string, Value>> options = {}) {
    options.emplace_back("address", Value::scalar(server_.name()));
    parts_ = rig_.parts(options);
    return *std::get<SinkPart>(parts_[parts_.size() - 1]).sink;
  }

  SocketFolder folder_;
  BoundSocket server_;
  FaultyIo io_;
  StageRig rig_;
  Parts parts_;
  TextBatches batches_;
};

}  // namespace sluice
