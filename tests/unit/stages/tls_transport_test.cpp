#include "stages/support/tls_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "stages/support/socket_writing.h"
#include "stages/support/tls_context.h"
#include "tests/support/faulty_io.h"
#include "tests/unit/stages/tls_fixture.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Two ends in one thread: a client and a server over a pair of sockets.
class TlsTransportTest : public testing::Test {
 protected:
  TlsTransportTest() { std::signal(SIGPIPE, SIG_IGN); }

  void SetUp() override {
    ASSERT_TRUE(never_.open());
    server_options_.certificate = certificates_.sign("server", "DNS:server.test,IP:10.1.2.3");
    client_options_.ca = certificates_.path("ca");
  }

  std::unique_ptr<Transport> end(TlsSide side, File socket) {
    const bool is_client = side == TlsSide::client;
    Result<TlsContext> context =
        TlsContext::load(Io::system(), is_client ? client_options_ : server_options_, side);
    EXPECT_TRUE(context) << to_string(context.error());
    return context.value().session(std::move(socket), is_client ? host_ : "").value();
  }

  void connect() {
    std::array<int, 2> sockets{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets.data()), 0);
    client_ = end(TlsSide::client, File(client_io_, sockets[0], "the server"));
    server_ = end(TlsSide::server, File(server_io_, sockets[1], "the client"));
  }

  /// Has both ends go on until neither can. The errors they ended with, "" for none.
  std::pair<std::string, std::string> shake() {
    std::string client = "-";
    std::string server = "-";
    for (int i = 0; i < 20; ++i) {
      if (client == "-") client = step(*client_);
      if (server == "-") server = step(*server_);
    }
    return {client, server};
  }
  static std::string step(Transport& end) {
    const Result<Handshake> step = end.handshake();
    if (!step) return to_string(step.error());
    return step.value() == Handshake::done ? "" : "-";
  }

  void connect_and_shake() {
    connect();
    ASSERT_EQ(shake(), (std::pair<std::string, std::string>("", "")));
  }
  /// What an end gets, until there is no more.
  static std::string read(Transport& end, std::size_t step = 1 << 16) {
    std::string text;
    std::string piece(step, '\0');
    while (true) {
      const Result<Transfer> read = end.read(piece);
      if (!read) return text + "|" + to_string(read.error());
      if (read.value().state == Transfer::State::end) return text + "|end";
      if (read.value().state == Transfer::State::must_wait) return text;
      text.append(piece, 0, read.value().count);
    }
  }
  static std::size_t write(Transport& end, std::string_view text) {
    const Result<Transfer> written = end.write(text);
    return written && written.value().state == Transfer::State::moved ? written.value().count : 0;
  }

  Certificates certificates_;
  TlsOptions client_options_;
  TlsOptions server_options_;
  std::string host_ = "server.test";
  FaultyIo client_io_;
  FaultyIo server_io_;
  Wakeup never_;
  std::unique_ptr<Transport> client_;
  std::unique_ptr<Transport> server_;
};

TEST_F(TlsTransportTest, CarriesBytesBothWaysAndTheirEnds) {
  connect_and_shake();
  EXPECT_EQ(write(*client_, "hello"), 5U);
  EXPECT_EQ(read(*server_), "hello");
  EXPECT_EQ(read(*server_), "");
  ASSERT_TRUE(client_->end_writing());
  EXPECT_EQ(read(*server_), "|end");
  // The other half goes on.
  EXPECT_EQ(write(*server_, "good"), 4U);
  EXPECT_EQ(write(*server_, "bye"), 3U);
  ASSERT_TRUE(server_->end_writing());
  EXPECT_EQ(read(*client_), "goodbye|end");
}

TEST_F(TlsTransportTest, SaysWhatTheSocketDoesNotShow) {
  connect_and_shake();
  EXPECT_FALSE(server_->has_buffered());
  EXPECT_EQ(write(*client_, "abc"), 3U);
  EXPECT_EQ(write(*client_, "def"), 3U);
  std::array<char, 2> two{};
  ASSERT_TRUE(server_->read(two));
  pollfd waiting{server_->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&waiting, 1, 0), 0);
  EXPECT_TRUE(server_->has_buffered());
  EXPECT_EQ(read(*server_, 2), "cdef");
  EXPECT_FALSE(server_->has_buffered());
}

TEST_F(TlsTransportTest, GoesOnWithAWriteThatDidNotFit) {
  connect_and_shake();
  std::string text;
  for (int i = 0; text.size() < (4U << 20U); ++i) text += std::to_string(i) + " ";
  std::string received;
  std::string_view left = text;
  bool waited = false;
  while (!left.empty()) {
    const std::size_t count = write(*client_, left);
    left.remove_prefix(count);
    if (count > 0) continue;
    waited = true;
    received += read(*server_);
  }
  received += read(*server_);
  EXPECT_TRUE(waited);
  EXPECT_TRUE(received == text);
}

TEST_F(TlsTransportTest, OneThreadReadsWhileAnotherWrites) {
  connect_and_shake();
  const std::string text(8 << 20, 'x');
  const auto write_all = [&](Transport& end) {
    std::string_view left = text;
    const Result<Written> written = write_to(end, left, Answers::leave, {10s, never_});
    EXPECT_TRUE(written && written.value() == Written::all);
    EXPECT_TRUE(end_writing(end, {10s, never_}));
  };
  const auto read_all = [&](Transport& end) { EXPECT_TRUE(await_end_of(end, {10s, never_})); };
  std::thread client_writes([&] { write_all(*client_); });
  std::thread server_writes([&] { write_all(*server_); });
  std::thread client_reads([&] { read_all(*client_); });
  read_all(*server_);
  client_writes.join();
  server_writes.join();
  client_reads.join();
}

TEST_F(TlsTransportTest, WorksInPiecesOfOneByte) {
  connect();
  for (FaultyIo* io : {&client_io_, &server_io_}) {
    io->shorten(FaultyIo::Call::read, 1);
    io->shorten(FaultyIo::Call::write, 1);
  }
  std::string client = "-";
  std::string server = "-";
  for (int i = 0; i < 20'000 && (client == "-" || server == "-"); ++i) {
    if (client == "-") client = step(*client_);
    if (server == "-") server = step(*server_);
  }
  EXPECT_EQ(client + server, "");
  EXPECT_GT(write(*client_, "x"), 0U);
  EXPECT_EQ(read(*server_), "x");
}

TEST_F(TlsTransportTest, AnEndThatNobodyAnnouncedIsNone) {
  connect_and_shake();
  EXPECT_EQ(write(*client_, "half"), 4U);
  client_ = nullptr;
  EXPECT_THAT(read(*server_), HasSubstr("half|the TLS stream was cut off"));
  EXPECT_THAT(read(*server_), HasSubstr("the client"));
}

TEST_F(TlsTransportTest, ASystemCallThatFailsIsNamed) {
  connect_and_shake();
  server_io_.fail(FaultyIo::Call::read, server_io_.count(FaultyIo::Call::read) + 1, ECONNRESET);
  EXPECT_THAT(read(*server_), HasSubstr("cannot read: Connection reset by peer: the client"));
}

TEST_F(TlsTransportTest, APeerThatTakesNoMoreIsAnEnd) {
  connect_and_shake();
  client_io_.fail(FaultyIo::Call::write, client_io_.count(FaultyIo::Call::write) + 1, EPIPE);
  const Result<Transfer> written = client_->write("x");
  ASSERT_TRUE(written);
  EXPECT_EQ(written.value().state, Transfer::State::end);
}

TEST_F(TlsTransportTest, RefusesWhatIsNoTls) {
  connect();
  ASSERT_GT(::send(client_->fd(), "GET / HTTP/1.1\r\n\r\n", 18, 0), 0);
  EXPECT_THAT(step(*server_), HasSubstr("TLS handshake failed: http request: the client"));
}

TEST_F(TlsTransportTest, ADamagedRecordIsAnError) {
  connect_and_shake();
  ASSERT_GT(::send(client_->fd(), "\x17\x03\x03\x00\x20 this is no ciphertext of anybody", 37, 0),
            0);
  EXPECT_THAT(read(*server_), HasSubstr("TLS: decryption failed or bad record mac"));
}

TEST_F(TlsTransportTest, TheServerMustBeWhoItShouldBe) {
  host_ = "10.1.2.3";
  connect();
  EXPECT_EQ(shake().first, "");
  host_ = "10.1.2.4";
  connect();
  EXPECT_THAT(shake().first, HasSubstr("IP address mismatch"));
  host_ = "other.test";
  connect();
  const auto [client, server] = shake();
  EXPECT_THAT(client, HasSubstr("TLS handshake with 'other.test' failed: the certificate of "
                                "'CN = server' is refused: hostname mismatch: the server"));
  EXPECT_THAT(server, HasSubstr("the peer refuses: sslv3 alert bad certificate: the client"));
  client_options_ = {};
  client_options_.dangerously_skip_verify = true;
  connect();
  EXPECT_EQ(shake().first, "");
}

TEST_F(TlsTransportTest, RefusesCertificatesThatDoNotHold) {
  client_options_.ca = certificates_.path("other");
  connect();
  EXPECT_THAT(shake().first, HasSubstr("unable to get local issuer certificate"));
  client_options_.ca = certificates_.path("ca");
  server_options_.certificate = certificates_.sign("old", "DNS:server.test", -1);
  connect();
  EXPECT_THAT(shake().first, HasSubstr("certificate has expired ("));
}

TEST_F(TlsTransportTest, BothEndsCanBeAskedForACertificate) {
  server_options_.ca = certificates_.path("ca");
  connect();
  EXPECT_THAT(shake().second, HasSubstr("peer did not return a certificate"));
  // With TLS 1.3 a client learns of that behind its handshake.
  EXPECT_THAT(read(*client_), HasSubstr("the peer refuses: tlsv13 alert certificate required"));
  client_options_.certificate = certificates_.sign("client", "DNS:client");
  connect_and_shake();
}

TEST_F(TlsTransportTest, AHandshakeHasATimeLimitAndCanBeCalledOff) {
  connect();
  Status shaken = finish_handshake(*client_, Duration{10ms}, never_);
  ASSERT_FALSE(shaken);
  EXPECT_EQ(to_string(shaken.error()),
            "TLS handshake failed: it was not done within 10ms: the server");
  connect();
  Wakeup cancel;
  ASSERT_TRUE(cancel.open());
  std::thread other([&] { cancel.signal(); });
  shaken = finish_handshake(*client_, Duration{1h}, cancel);
  other.join();
  ASSERT_FALSE(shaken);
  EXPECT_EQ(shaken.error().code, ErrorCode::cancelled);
}

TEST_F(TlsTransportTest, FilesThatHoldSomethingElseAreNamed) {
  const std::string empty = certificates_.path("empty");
  std::ofstream(empty) << "nothing\n";
  const auto message = [&](const TlsOptions& options) {
    const Result<TlsContext> context = TlsContext::load(Io::system(), options, TlsSide::client);
    return context ? "loaded" : to_string(context.error());
  };
  TlsOptions options;
  options.ca = empty;
  EXPECT_EQ(message(options), "there is no certificate (PEM) in this file: " + empty);
  options.ca = empty + "s";
  EXPECT_EQ(message(options), "cannot open: No such file or directory: " + empty + "s");
  options = {};
  options.certificate = certificates_.path("ca");
  options.key = empty;
  EXPECT_EQ(message(options), "there is no private key (PEM) in this file: " + empty);
  options.key = certificates_.path("other");
  EXPECT_THAT(message(options), HasSubstr("does not go with the certificate"));
  options.key.clear();
  EXPECT_EQ(message(options), "loaded");
}

}  // namespace
}  // namespace sluice
