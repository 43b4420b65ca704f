#include "stages/support/network_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using ::testing::HasSubstr;

std::string why_not(std::string_view text) {
  std::string why;
  EXPECT_FALSE(NetworkAddress::parse(text, why)) << text;
  return why;
}

NetworkAddress parsed(std::string_view text) {
  std::string why;
  const std::optional<NetworkAddress> address = NetworkAddress::parse(text, why);
  EXPECT_TRUE(address) << text << ": " << why;
  return address.value_or(NetworkAddress());
}

TEST(NetworkAddress, HasAHostAndAPort) {
  const NetworkAddress address = parsed("logs.example.org:514");
  EXPECT_EQ(address.host(), "logs.example.org");
  EXPECT_EQ(address.port(), 514);
  EXPECT_FALSE(address.is_unix());
}

TEST(NetworkAddress, OfIpv6IsInBrackets) {
  EXPECT_EQ(parsed("[2001:db8::1]:65535").host(), "2001:db8::1");
  EXPECT_EQ(parsed("[fe80::1%eth0]:1").host(), "fe80::1%eth0");
  EXPECT_THAT(why_not("::1:514"), HasSubstr("in brackets"));
  EXPECT_THAT(why_not("2001:db8::1"), HasSubstr("in brackets"));
  EXPECT_THAT(why_not("[::g]:514"), HasSubstr("expected HOST:PORT"));
  EXPECT_THAT(why_not("[::1]"), HasSubstr("has no port"));
}

TEST(NetworkAddress, WithoutAHostIsEveryAddress) {
  EXPECT_EQ(parsed(":0").host(), "");
  EXPECT_EQ(parsed(":0").port(), 0);
}

TEST(NetworkAddress, OfAUnixSocketIsAPath) {
  EXPECT_EQ(parsed("unix:/run/a:b.sock").path(), "/run/a:b.sock");
  EXPECT_TRUE(parsed("unix:x").is_unix());
  EXPECT_EQ(parsed("unix:" + std::string(107, 'x')).path().size(), 107U);
  EXPECT_THAT(why_not("unix:" + std::string(108, 'x')), HasSubstr("at most 107 bytes"));
  EXPECT_THAT(why_not("unix:"), HasSubstr("expected a path"));
}

TEST(NetworkAddress, SaysWhatIsWrong) {
  EXPECT_THAT(why_not(""), HasSubstr("has no port"));
  EXPECT_THAT(why_not("localhost"), HasSubstr("has no port"));
  for (const char* port : {"a:", "a:65536", "a:-1", "a:+1", "a:1x", "a: 1"}) {
    EXPECT_THAT(why_not(port), HasSubstr("a port is a number from 0 to 65535")) << port;
  }
  EXPECT_THAT(why_not("http://localhost:80"), HasSubstr("expected HOST:PORT"));
  EXPECT_THAT(why_not("a b:80"), HasSubstr("expected HOST:PORT"));
  EXPECT_THAT(why_not("a\x1b[1m:80"), HasSubstr("got 'a\\x1b[1m:80'"));
}

TEST(NetworkAddress, IsWrittenAsItIsRead) {
  for (const char* text : {"localhost:514", "[::1]:514", ":0", "unix:/run/log", "10.0.0.1:1"}) {
    EXPECT_EQ(parsed(text).text(), text);
    EXPECT_EQ(parsed(parsed(text).text()), parsed(text));
  }
}

std::vector<std::string> resolved(std::string_view text, Purpose purpose) {
  Result<std::vector<SocketAddress>> all = resolve(parsed(text), SocketType::datagram, purpose);
  if (!all) return {to_string(all.error())};
  std::vector<std::string> texts;
  for (const SocketAddress& address : all.value()) texts.push_back(address.text());
  return texts;
}

using Texts = std::vector<std::string>;

TEST(SocketAddress, HasTheTextOfItsPeer) {
  EXPECT_EQ(resolved("10.0.0.1:514", Purpose::connect), Texts{"10.0.0.1:514"});
  EXPECT_EQ(resolved("[2001:db8:0::1]:514", Purpose::connect), Texts{"[2001:db8::1]:514"});
  EXPECT_EQ(resolved("unix:/run/log", Purpose::connect), Texts{"unix:/run/log"});
  EXPECT_EQ(resolved("unix:" + std::string(107, 'x'), Purpose::connect),
            Texts{"unix:" + std::string(107, 'x')});
}

TEST(SocketAddress, OfAnIpv4PeerOfAnIpv6SocketIsIpv4) {
  EXPECT_EQ(resolved("[::ffff:10.0.0.1]:514", Purpose::connect), Texts{"10.0.0.1:514"});
}

TEST(SocketAddress, WithoutANameIsUnix) {
  SocketAddress unnamed;
  unnamed.storage.ss_family = AF_UNIX;
  unnamed.length = sizeof(sa_family_t);
  EXPECT_EQ(unnamed.text(), "unix:");
  EXPECT_EQ(SocketAddress().text(), "unix:");  // Some kernels give no address at all.
}

TEST(Resolve, PutsIpv6InFrontToListenOnEveryAddress) {
  const Texts all = resolved(":514", Purpose::listen);
  ASSERT_FALSE(all.empty());
  EXPECT_TRUE(all.front() == "[::]:514" || all == Texts{"0.0.0.0:514"}) << all.front();
}

TEST(Resolve, TakesTheLoopbackToConnectWithoutAHost) {
  for (const std::string& text : resolved(":514", Purpose::connect)) {
    EXPECT_TRUE(text == "127.0.0.1:514" || text == "[::1]:514") << text;
  }
}

TEST(Resolve, NamesTheHostThatThereIsNot) {
  const Texts all = resolved("nowhere.invalid:514", Purpose::connect);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0], HasSubstr("cannot resolve"));
  EXPECT_THAT(all[0], HasSubstr("nowhere.invalid:514"));
}

}  // namespace
}  // namespace sluice
