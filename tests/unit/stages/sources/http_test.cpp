#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/stage_harness.h"
#include "tests/unit/stages/socket_fixture.h"

namespace sluice {

void register_http_source(Registry& registry);

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string posted(const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

/// A source that is read when the test says so.
class HttpSourceTest : public ::testing::Test {
 protected:
  void start(std::vector<Entry> options, std::size_t buffer = 4096) {
    options.push_back(option("listen", folder_.address("s")));
    harness_.emplace(register_http_source, std::move(options));
    ASSERT_TRUE(harness_->status());
    log_.emplace(stage_log_.settings(), Clock::system());
    harness_->context().log_to(*log_, "p", "http");
    buffer_ = buffer;
  }
  /// On a thread of its own, until end().
  void read() {
    reader_ = std::thread([this] { output_ = harness_->run(buffer_); });
    EXPECT_EQ(stage_log_.next("address"), folder_.address("s"));
  }
  const SourceOutput& end() {
    harness_->source().stop();
    reader_.join();
    EXPECT_TRUE(output_.status);
    return output_;
  }
  Peer connect() const { return Peer::connected_to(folder_.address("s")); }
  /// What is answered to one request, on a connection of its own.
  std::string answer_to(const std::string& request) const {
    const Peer peer = connect();
    peer.write(request);
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) {
      const std::string byte = peer.read(1);
      if (byte.empty()) break;
      answer += byte;
    }
    return answer;
  }
  void TearDown() override {
    if (reader_.joinable()) end();
  }

  SocketFolder folder_;
  StageLog stage_log_;
  std::optional<Log> log_;
  std::optional<SourceHarness> harness_;
  std::size_t buffer_ = 4096;
  SourceOutput output_;
  std::thread reader_;
};

TEST_F(HttpSourceTest, AcceptsBodiesInOrderWhateverTheBuffersAre) {
  for (const std::size_t buffer : {64U, 1000U, 65536U}) {
    start({}, buffer);
    read();
    std::string expected;
    for (int i = 0; i < 50; ++i) {
      std::string body;
      for (int line = 0; line <= i; ++line) body += "body " + std::to_string(i) + "\n";
      expected += body;
      if (i % 2 == 0) body.pop_back();
      EXPECT_THAT(answer_to(posted(body)), StartsWith("HTTP/1.1 204"));
    }
    EXPECT_THAT(answer_to(posted("")), StartsWith("HTTP/1.1 204"));
    const SourceOutput& output = end();
    EXPECT_EQ(output.bytes, expected);
    EXPECT_EQ(output.counted, 50U * 51U / 2U);
    EXPECT_THAT(output.incidents, IsEmpty());
  }
}

TEST_F(HttpSourceTest, AnswersSeveralRequestsOfOneConnection) {
  start({});
  read();
  const Peer peer = connect();
  peer.write(posted("one\n") + posted("two") + posted("three\n"));
  std::string answers;
  while (answers.size() < 3 ||
         answers.find("204", answers.rfind("HTTP/1.1")) == std::string::npos ||
         std::count(answers.begin(), answers.end(), '\n') < 9) {
    answers += peer.read(1);
  }
  EXPECT_THAT(end().records, ElementsAre("one\n", "two\n", "three\n"));
}

TEST_F(HttpSourceTest, TakesChunkedBodies) {
  start({});
  read();
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(answer_to(head + "3\r\none\r\n5;x=y\r\n\ntwo\n\r\n0\r\n\r\n"), HasSubstr(" 204 "));
  EXPECT_THAT(end().bytes, "one\ntwo\n");
}

TEST_F(HttpSourceTest, EveryFramingEndsWithTheBody) {
  struct Sample {
    std::string framing;
    std::string body;
    std::vector<std::string> records;
  };
  const std::vector<Sample> samples{
      {"null_terminated", std::string("a\0b", 3), {"a\n", "b\n"}},
      {"octet_counted", "1 a1 b\n", {"a\n", "b\n"}},
      {"json_seq", "\x1e{}\n\x1e[]\n", {"{}\n", "[]\n"}},
      {"csv", "a,\"b\nc\"\nd,e", {"a,\"b\nc\"\n", "d,e"}},
      {"whole_file", "a\nb\n", {"a\nb\n\n"}},
  };
  for (const Sample& sample : samples) {
    start({option("framing", sample.framing)});
    read();
    std::vector<std::string> twice = sample.records;
    twice.insert(twice.end(), sample.records.begin(), sample.records.end());
    for (int i = 0; i < 2; ++i) {
      // It is all there when it is accepted: nothing waits for the next body.
      EXPECT_THAT(answer_to(posted(sample.body)), HasSubstr(" 204 ")) << sample.framing;
    }
    EXPECT_EQ(end().records, twice) << sample.framing;
  }
}

TEST_F(HttpSourceTest, CutsRecordsThatAreTooLongAndNothingElse) {
  for (const char* framing : {"octet_counted", "lines", "length_prefixed"}) {
    std::vector<Entry> options{option("framing", framing), option("max_record", "64B")};
    if (std::string(framing) == "length_prefixed") options.push_back(option("prefix", "u16be"));
    start(std::move(options), 64);
    read();
    std::mt19937 random(1);
    std::vector<std::string> expected;
    for (int body = 0; body < 30; ++body) {
      std::string text;
      for (int i = 0; i < 10; ++i) {
        const std::string record(1 + random() % 200, static_cast<char>('a' + i));
        expected.push_back(record.substr(0, 64) + "\n");
        if (std::string(framing) == "octet_counted") text += std::to_string(record.size()) + " ";
        if (std::string(framing) == "length_prefixed") {
          text += {'\0', static_cast<char>(record.size())};
        }
        text += record;
        if (std::string(framing) == "lines" && i < 9) text += "\n";
      }
      ASSERT_THAT(answer_to(posted(text)), HasSubstr(" 204 ")) << framing;
    }
    EXPECT_EQ(end().records, expected) << framing;
  }
}

TEST_F(HttpSourceTest, LeavesNothingOfABodyWhoseFramingIsDamaged) {
  start({option("framing", "length_prefixed"), option("prefix", "u8")});
  read();
  EXPECT_THAT(answer_to(posted("\x01"
                               "a\x02"
                               "b")),
              HasSubstr(" 400 "));
  EXPECT_THAT(answer_to(posted("\x01"
                               "a\x02"
                               "bc")),
              HasSubstr(" 204 "));
  const SourceOutput& output = end();
  EXPECT_THAT(output.records, ElementsAre("a\n", "bc\n"));
  EXPECT_EQ(output.incidents.at("bad_framing"), 1U);
}

TEST_F(HttpSourceTest, AsksThoseToComeAgainWhomNobodyTakesInTime) {
  start({option("max_wait", "1ms"), option("retry_after", "1500ms")});
  ASSERT_TRUE(harness_->source().open(harness_->context()));
  const std::string answer = answer_to(posted("one\n"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 2\r\n"));
  EXPECT_EQ(harness_->context().incidents().all().at("busy").count, 1U);
}

TEST_F(HttpSourceTest, HoldsNoMoreThanItMay) {
  start({option("max_body", "1000B"), option("max_pending", "1000B"), option("max_wait", "1h")});
  ASSERT_TRUE(harness_->source().open(harness_->context()));
  const Peer first = connect();
  first.write(posted(std::string(800, 'x') + "\n"));
  // Both that say how long they are and one that does not.
  std::string answer;
  while (answer.find("503") == std::string::npos) answer = answer_to(posted(std::string(300, 'y')));
  const std::string chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(answer_to(chunked + "12c\r\n" + std::string(300, 'z') + "\r\n0\r\n\r\n"),
              HasSubstr(" 503 "));
}

TEST_F(HttpSourceTest, GivesAnAnswerToEverybodyWhenItGoesAway) {
  start({option("max_wait", "1h")});
  ASSERT_TRUE(harness_->source().open(harness_->context()));
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) {
    peers.push_back(connect());
    peers.back().write(posted("waits\n"));
  }
  // The server reads connections in turn: whoever comes last is answered when all others were read.
  while (answer_to("GET / HTTP/1.1\r\nHost: x\r\n\r\n").empty()) std::this_thread::yield();
  peers.back().reset();  // It does not wait any more, but nobody knows.
  peers.pop_back();
  harness_.reset();
  for (const Peer& peer : peers) EXPECT_THAT(peer.read(), StartsWith("HTTP/1.1 503"));
}

TEST_F(HttpSourceTest, TakesEachBodyOnceWhateverClientsDo) {
  start({option("linger", "1ms")}, 256);
  read();
  constexpr int clients = 8;
  std::vector<std::vector<std::string>> accepted(clients);
  std::vector<std::thread> threads;
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      std::mt19937 random(static_cast<unsigned>(client));
      for (int i = 0; i < 60; ++i) {
        const std::string record = std::to_string(client) + " " + std::to_string(i) + "\n";
        const std::string request = posted(record);
        const std::size_t sent = random() % 4 == 0 ? random() % request.size() : request.size();
        Peer peer = connect();
        peer.write(request.substr(0, sent));
        if (random() % 3 == 0) {
          peer.reset();
        } else if (sent == request.size() && peer.read(12) == "HTTP/1.1 204") {
          accepted[static_cast<std::size_t>(client)].push_back(record);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, int> counts;
  for (const std::string& record : end().records) ++counts[record];
  for (const auto& [record, count] : counts) EXPECT_EQ(count, 1) << record;
  std::size_t total = 0;
  for (const auto& records : accepted) {
    total += records.size();
    for (const std::string& record : records) EXPECT_EQ(counts[record], 1) << record;
  }
  EXPECT_GT(total, 100U);
}

TEST_F(HttpSourceTest, CountsWhatItRefuses) {
  start({});
  read();
  EXPECT_THAT(answer_to("GET /else HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(answer_to("PUT / HTTP/1.1\r\nHost: x\r\n\r\n"), HasSubstr("\r\nAllow: POST\r\n"));
  EXPECT_THAT(end().incidents,
              ::testing::UnorderedElementsAre(::testing::Pair("wrong_path", 1U),
                                              ::testing::Pair("wrong_method", 1U)));
}

}  // namespace
}  // namespace sluice
