#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/faulty_io.h"
#include "tests/support/stage_harness.h"
#include "tests/unit/stages/socket_fixture.h"

namespace sluice {

void register_tcp_source(Registry& registry);

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

/// A listening source, read on a thread of its own until it is told to stop.
class ListeningSource {
 public:
  explicit ListeningSource(std::vector<Entry> options, const std::string& listen = "127.0.0.1:0",
                           std::size_t buffer = 4096, Io& io = Io::system())
      : log_(stage_log_.settings(), Clock::system()),
        harness_(register_tcp_source, with_address(std::move(options), listen), io) {
    EXPECT_TRUE(harness_.status());
    harness_.context().log_to(log_, "p", "tcp");
    reader_ = std::thread([this, buffer] {
      output_ = harness_.run(buffer, [this](const Batch& batch) {
        batch.for_each_piece(
            [&](std::string_view piece) { texts_[std::string(batch.origin_name())] += piece; });
      });
    });
    address_ = stage_log_.next("address");
  }
  ListeningSource(const ListeningSource&) = delete;
  ListeningSource& operator=(const ListeningSource&) = delete;
  ~ListeningSource() { end(); }

  const std::string& address() const { return address_; }
  Peer connect() const { return Peer::connected_to(address_); }
  const StageLog& log() const { return stage_log_; }
  /// Waits until so many bytes were read.
  void has_read(std::uint64_t bytes) {
    while (harness_.source().progress().read_bytes < bytes) std::this_thread::yield();
  }
  /// Waits until so many connections are gone of which nothing is left but the count of `reason`.
  void has_counted(const std::string& reason, std::uint64_t count) {
    while (true) {
      const auto all = harness_.context().incidents().all();
      const auto found = all.find(reason);
      if (found != all.end() && found->second.count >= count) return;
      std::this_thread::yield();
    }
  }
  const SourceOutput& end() {
    if (reader_.joinable()) {
      harness_.source().stop();
      reader_.join();
      EXPECT_TRUE(output_.status);
    }
    return output_;
  }
  /// By peer; after end().
  const std::map<std::string, std::string>& texts() const { return texts_; }
  std::vector<std::string> all_texts() const {
    std::vector<std::string> all;
    for (const auto& [peer, text] : texts_) all.push_back(text);
    return all;
  }

 private:
  static std::vector<Entry> with_address(std::vector<Entry> options, const std::string& listen) {
    options.push_back(option("listen", listen));
    return options;
  }

  StageLog stage_log_;
  Log log_;
  SourceHarness harness_;
  std::string address_;
  SourceOutput output_;
  std::map<std::string, std::string> texts_;
  std::thread reader_;
};

TEST(TcpSource, KeepsManyConnectionsApartAndInOrder) {
  for (const std::size_t buffer : {64U, 1000U, 65536U}) {
    ListeningSource source({option("linger", "1ms")}, "127.0.0.1:0", buffer);
    std::mt19937 random(static_cast<unsigned>(buffer));
    std::vector<Peer> peers;
    std::vector<std::string> texts;
    for (int i = 0; i < 40; ++i) {
      peers.push_back(source.connect());
      std::string& text = texts.emplace_back();
      for (int line = 0; line < 50; ++line) {
        text += "peer " + std::to_string(i) + " line " + std::to_string(line) +
                std::string(random() % 100, '.') + "\n";
      }
    }
    std::uint64_t total = 0;
    for (const std::string& text : texts) total += text.size();
    std::vector<std::size_t> sent(texts.size());
    for (std::uint64_t left = total; left > 0;) {
      const std::size_t i = random() % texts.size();
      const std::string piece = texts[i].substr(sent[i], random() % 300);
      peers[i].write(piece);
      sent[i] += piece.size();
      left -= piece.size();
    }
    source.has_read(total);
    const SourceOutput& output = source.end();
    EXPECT_EQ(output.counted, 40U * 50U);
    const std::vector<std::string> received = source.all_texts();
    EXPECT_TRUE(std::is_permutation(received.begin(), received.end(), texts.begin(), texts.end()))
        << buffer;
    for (const auto& [peer, text] : source.texts())
      EXPECT_THAT(peer, StartsWith("tcp://127.0.0.1:"));
    EXPECT_THAT(output.incidents, IsEmpty());
  }
}

TEST(TcpSource, SendsWhatIsWholeAndAFlushWhenItIsQuiet) {
  SocketFolder folder;
  ListeningSource source({option("linger", "1ms")}, folder.address("in"));
  EXPECT_EQ(source.address(), folder.address("in"));
  Peer peer = source.connect();
  peer.write("one\ntw");
  source.has_read(6);
  Peer other = source.connect();
  other.write("three\n");
  source.has_read(12);
  peer.write("o\n");
  source.has_read(14);
  const SourceOutput& output = source.end();
  std::vector<std::string> records = output.records;
  EXPECT_THAT(records, UnorderedElementsAre("one\n", "two\n", "three\n"));
}

/// Stands still until it is set forward.
class ManualClock final : public Clock {
 public:
  std::int64_t steady_ns() const noexcept override { return now_ns_; }
  void forward(std::chrono::nanoseconds time) { now_ns_ += time.count(); }

 private:
  std::int64_t now_ns_ = std::nano::den;
};

TEST(TcpSource, FlushesOnceASecondWhereItIsNeverQuiet) {
  SocketFolder folder;
  const BoundSocket server =
      bind_socket(Io::system(), address_of(folder.address("out")), SocketType::stream).value();
  ManualClock clock;
  SourceHarness harness(register_tcp_source, {option("connect", folder.address("out"))},
                        Io::system(), clock);
  std::thread peer([&] {
    const Peer accepted = Peer::accepted_by(server);
    for (int line = 0; line < 20000; ++line) accepted.write("a line of many\n");
  });
  std::vector<bool> flushes;
  const SourceOutput output = harness.run(4096, [&](const Batch& batch) {
    flushes.push_back(batch.flush());
    clock.forward(std::chrono::milliseconds(300));
  });
  peer.join();
  EXPECT_TRUE(output.status);
  ASSERT_GT(flushes.size(), 60U);
  // Behind the last one comes the end of the stream.
  for (std::size_t i = 0; i + 1 < flushes.size(); ++i) EXPECT_EQ(flushes[i], i % 4 == 1) << i;
}

TEST(TcpSource, HandsOutThePartsOfRecordsWhenItIsStopped) {
  ListeningSource source({});
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) peers.push_back(source.connect());
  for (const Peer& peer : peers) peer.write("whole\npart");
  source.has_read(5 * 10);
  const SourceOutput& output = source.end();
  EXPECT_THAT(source.all_texts(), ElementsAre("whole\npart", "whole\npart", "whole\npart",
                                              "whole\npart", "whole\npart"));
  EXPECT_EQ(output.counted, 10U);
}

TEST(TcpSource, TheEndOfAStreamEndsItsLastRecord) {
  ListeningSource source({});
  Peer peer = source.connect();
  peer.write("a\nb");
  peer.close();
  source.has_read(3);
  source.end();
  EXPECT_THAT(source.all_texts(), ElementsAre("a\nb"));
}

TEST(TcpSource, AConnectionThatIsLostHarmsNoOther) {
  ListeningSource source({});
  Peer lost = source.connect();
  Peer other = source.connect();
  lost.write("whole\nhal");
  other.write("fi");
  source.has_read(11);
  lost.reset();
  source.has_counted("connection_lost", 1);
  EXPECT_EQ(source.log().next("others"), "1");
  other.write("ne\n");
  source.has_read(14);
  EXPECT_THAT(source.end().incidents, ElementsAre(Pair("connection_lost", 1)));
  EXPECT_THAT(source.all_texts(), UnorderedElementsAre("whole\n", "fine\n"));
}

TEST(TcpSource, ALineWithoutEndTakesNoMemory) {
  ListeningSource source({option("max_record", "64B"), option("oversize", "drop")});
  Peer peer = source.connect();
  peer.write("a\n");
  const std::string piece(1 << 16, 'x');
  for (int i = 0; i < 500; ++i) peer.write(piece);
  peer.write("\nb\n");
  source.has_read(500U * (1U << 16) + 5);
  EXPECT_THAT(source.end().records, ElementsAre("a\n", "b\n"));
  EXPECT_THAT(source.end().incidents, ElementsAre(Pair("oversize_dropped", 1)));
}

TEST(TcpSource, ALengthIsNotBelievedBeforeTheBytesAreThere) {
  ListeningSource source({option("framing", "length_prefixed"), option("prefix", "u32be")});
  Peer liar = source.connect();
  Peer other = source.connect();
  liar.write(std::string("\xff\xff\xff\xff", 4) + "abc");
  other.write(std::string("\0\0\0\2ok", 6));
  source.has_read(13);
  liar.close();
  source.has_counted("bad_framing", 1);
  source.end();
  EXPECT_THAT(source.all_texts(), ElementsAre("ok\n"));
}

TEST(TcpSource, TenLinesOfTheLogMayComeAtOnce) {
  constexpr std::size_t peers = 30;
  ListeningSource source({option("framing", "octet_counted")});
  for (std::size_t i = 0; i < peers; ++i) source.connect().write("no count\n");
  source.has_counted("bad_framing", peers);
  // One more for each second that it takes.
  const std::size_t lines = source.log().count("others");
  EXPECT_GE(lines, 10U);
  EXPECT_LT(lines, peers);
}

TEST(TcpSource, WhatIsNoRecordEndsItsConnectionOnly) {
  ListeningSource source({option("framing", "octet_counted")});
  Peer good = source.connect();
  Peer bad = source.connect();
  bad.write("3 abcGET / HTTP/1.1\r\n");
  source.has_counted("bad_framing", 1);
  EXPECT_EQ(bad.read(), "");
  good.write("2 ok");
  source.has_read(21 + 4);
  EXPECT_EQ(source.end().counted, 2U);
}

TEST(TcpSource, OneByteAtATimeIsARecordInTheEnd) {
  ListeningSource source({option("linger", "0s")}, "127.0.0.1:0", 64);
  Peer slow = source.connect();
  Peer other = source.connect();
  const std::string text = std::string(200, 'x') + "\ny\n";
  std::uint64_t sent = 0;
  for (const char c : text) {
    slow.write({&c, 1});
    other.write("z\n");
    source.has_read(sent += 3);
  }
  source.end();
  EXPECT_EQ(source.all_texts().size(), 2U);
  EXPECT_EQ(std::count(source.end().records.begin(), source.end().records.end(), "z\n"),
            static_cast<std::ptrdiff_t>(text.size()));
  EXPECT_TRUE(source.all_texts()[0] == text || source.all_texts()[1] == text);
}

TEST(TcpSource, RefusesMoreConnectionsThanItMayHave) {
  ListeningSource source({option("max_connections", "2")});
  Peer first = source.connect();
  Peer second = source.connect();
  first.write("1\n");
  second.write("2\n");
  source.has_read(4);
  Peer third = source.connect();
  EXPECT_EQ(third.read(), "");
  EXPECT_THAT(source.end().incidents, ElementsAre(Pair("refused", 1)));
  EXPECT_EQ(source.end().counted, 2U);
}

TEST(TcpSource, WithoutDescriptorsPeersWaitUntilOthersAreGone) {
  FaultyIo io;
  io.fail(FaultyIo::Call::accept, 2, EMFILE);
  ListeningSource source({}, "127.0.0.1:0", 4096, io);
  Peer first = source.connect();
  first.write("1\n");
  source.has_read(2);
  Peer second = source.connect();
  second.write("2\n");
  source.has_counted("cannot_accept", 1);
  first.close();
  source.has_read(4);
  EXPECT_THAT(source.end().incidents, ElementsAre(Pair("cannot_accept", 1)));
  EXPECT_THAT(source.all_texts(), UnorderedElementsAre("1\n", "2\n"));
}

TEST(TcpSource, WithoutDescriptorsAndConnectionsThereIsNothingToWaitFor) {
  FaultyIo io;
  io.fail(FaultyIo::Call::accept, 1, EMFILE);
  const StageLog stage_log;
  Log log(stage_log.settings(), Clock::system());
  SourceHarness harness(register_tcp_source, {option("listen", "127.0.0.1:0")}, io);
  harness.context().log_to(log, "p", "tcp");
  SourceOutput output;
  std::thread reader([&] { output = harness.run(4096); });
  const Peer peer = Peer::connected_to(stage_log.next("address"));
  reader.join();
  ASSERT_FALSE(output.status);
  EXPECT_THAT(to_string(output.status.error()), HasSubstr("cannot accept"));
}

TEST(TcpSource, ClosesConnectionsThatAreQuietForTooLong) {
  ListeningSource source({option("idle_timeout", "30ms")});
  Peer quiet = source.connect();
  quiet.write("a\nhalf");
  source.has_read(6);
  EXPECT_EQ(quiet.read(), "");
  EXPECT_THAT(source.end().incidents, ElementsAre(Pair("idle", 1)));
  EXPECT_THAT(source.all_texts(), ElementsAre("a\nhalf"));
}

TEST(TcpSource, ConnectsAndEndsWithItsPeer) {
  SocketFolder folder;
  const BoundSocket server =
      bind_socket(Io::system(), address_of(folder.address("out")), SocketType::stream).value();
  SourceHarness harness(register_tcp_source, {option("connect", folder.address("out"))});
  std::thread peer([&] {
    Peer accepted = Peer::accepted_by(server);
    accepted.write("a\nb\n");
  });
  const SourceOutput output = harness.run(4096);
  peer.join();
  EXPECT_TRUE(output.status);
  EXPECT_THAT(output.records, ElementsAre("a\n", "b\n"));
}

TEST(TcpSource, APeerItConnectedToMustNotBreakOff) {
  const BoundSocket server =
      bind_socket(Io::system(), address_of("127.0.0.1:0"), SocketType::stream).value();
  SourceHarness harness(register_tcp_source, {option("connect", server.name())});
  std::thread peer([&] {
    Peer accepted = Peer::accepted_by(server);
    accepted.write("a\nb");
    accepted.reset();
  });
  const SourceOutput output = harness.run(4096);
  peer.join();
  ASSERT_FALSE(output.status);
  // It may be gone before the connection is known to have been made.
  EXPECT_NE(output.status.error().file.find(server.name()), std::string::npos)
      << output.status.error().file;
}

TEST(TcpSource, ConnectsAgainToAPeerThatIsLostOrEndsItsStream) {
  const BoundSocket server =
      bind_socket(Io::system(), address_of("127.0.0.1:0"), SocketType::stream).value();
  const Entry retry{"retry", {}, Value::map({option("attempts", "3"), option("backoff", "1ms")})};
  SourceHarness harness(register_tcp_source,
                        {option("connect", server.name()), retry, option("at_end", "reconnect")});
  std::string text;
  std::thread peer([&] {
    const auto has_read = [&](std::uint64_t bytes) {
      while (harness.source().progress().read_bytes < bytes) std::this_thread::yield();
    };
    Peer lost = Peer::accepted_by(server);
    lost.write("a\n");
    has_read(2);
    lost.reset();
    Peer ended = Peer::accepted_by(server);
    ended.write("b\n");
    ended.close();
    const Peer last = Peer::accepted_by(server);
    last.write("c\n");
    has_read(6);
    harness.source().stop();
  });
  const SourceOutput output = harness.run(4096, [&](const Batch& batch) {
    batch.for_each_piece([&](std::string_view piece) { text += piece; });
  });
  peer.join();
  EXPECT_TRUE(output.status);
  EXPECT_EQ(text, "a\nb\nc\n");
}

TEST(TcpSource, NobodyToConnectToIsAnError) {
  SocketFolder folder;
  SourceHarness harness(register_tcp_source, {option("connect", folder.address("nobody"))});
  EXPECT_FALSE(harness.run(4096).status);
}

TEST(TcpSource, ListensOrConnects) {
  for (const std::vector<Entry>& options :
       {std::vector<Entry>{}, std::vector<Entry>{option("listen", ":0"), option("connect", ":1")},
        std::vector<Entry>{option("listen", "nowhere")}}) {
    const SourceHarness harness(register_tcp_source, options);
    ASSERT_FALSE(harness.status());
    EXPECT_EQ(harness.status().error().code, ErrorCode::bad_config);
  }
}

}  // namespace
}  // namespace sluice
