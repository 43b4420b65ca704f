#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <string>
#include <thread>

#include "tests/support/stage_rig.h"
#include "tests/unit/stages/socket_fixture.h"

namespace sluice {

void register_tcp_duplex(Registry& registry);

namespace {

/// Both parts of a duplex that is connected to a server of the test's.
class TcpDuplexTest : public testing::Test {
 protected:
  TcpDuplexTest() { std::signal(SIGPIPE, SIG_IGN); }

  Sink& input() { return *std::get<SinkPart>(parts_[0]).sink; }
  Source& answers() { return *std::get<SourcePart>(parts_[1]).source; }

  /// What comes back, to its end; nothing when that was an error.
  std::optional<std::string> read_all() {
    const std::unique_ptr<Loader> loader = answers().make_loader();
    std::string text;
    while (true) {
      const BatchPtr batch = batches_.empty();
      const Result<Next> next = answers().read(*batch);
      if (!next) return std::nullopt;
      if (next.value() == Next::finished) return text;
      if (!loader->load(*batch)) return std::nullopt;
      text += text_of(*batch);
    }
  }

  BoundSocket server_ =
      bind_socket(Io::system(), address_of("127.0.0.1:0"), SocketType::stream).value();
  StageRig rig_{register_tcp_duplex};
  Parts parts_ = rig_.parts({{"address", Value::scalar(server_.name())}});
  TextBatches batches_{{4, 65536, 2 << 20, 0}};
};

TEST_F(TcpDuplexTest, ReadsTheAnswerToWhatItHasEnded) {
  ASSERT_TRUE(answers().open(rig_.context()));
  ASSERT_TRUE(input().open(rig_.context()));
  std::string received;
  std::thread peer([&] {
    const Peer accepted = Peer::accepted_by(server_);
    received = accepted.read();
    accepted.write(std::to_string(received.size()) + " bytes\nand no more");
  });
  EXPECT_TRUE(input().write(*batches_.make("a\nb\n")));
  EXPECT_TRUE(input().flush());
  EXPECT_TRUE(input().end_input());
  EXPECT_EQ(read_all(), "4 bytes\nand no more");
  peer.join();
  EXPECT_EQ(received, "a\nb\n");
}

TEST_F(TcpDuplexTest, WritesWhileItReads) {
  ASSERT_TRUE(answers().open(rig_.context()));
  std::thread peer([&] {
    const Peer accepted = Peer::accepted_by(server_);
    for (std::string piece; !(piece = accepted.read(1000)).empty();) accepted.write(piece);
  });
  const std::string text = std::string(999, 'x') + "\n";
  std::thread writer([&] {
    TextBatches batches;
    for (int i = 0; i < 20'000; ++i) EXPECT_TRUE(input().write(*batches.make(text)));
    EXPECT_TRUE(input().flush());
    EXPECT_TRUE(input().end_input());
  });
  const std::optional<std::string> answer = read_all();
  writer.join();
  peer.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->size(), 20'000'000U);
}

TEST_F(TcpDuplexTest, AConnectionThatBreaksOffIsAnError) {
  ASSERT_TRUE(answers().open(rig_.context()));
  Peer::accepted_by(server_).reset();
  EXPECT_EQ(read_all(), std::nullopt);
}

TEST_F(TcpDuplexTest, IsInterruptedWhileBothSidesWait) {
  ASSERT_TRUE(answers().open(rig_.context()));
  const Peer peer = Peer::accepted_by(server_);
  std::thread writer([&] {
    TextBatches batches;
    const std::string text = std::string(99'999, 'x') + "\n";
    Result<Next> next = Next::again;
    while (next && next.value() == Next::again) next = input().write(*batches.make(text));
  });
  std::thread reader([&] { read_all(); });
  peer.read(1'000'000);
  input().stop();
  writer.join();
  reader.join();
}

}  // namespace
}  // namespace sluice
