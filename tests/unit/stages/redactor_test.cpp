#include "stages/support/redactor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace sluice {
namespace {

std::string redacted(const RedactRules& rules, std::string_view text) {
  const auto redactor = Redactor::make(rules);
  if (!redactor) return "mistake: " + redactor.error().message;
  std::vector<SensitiveSpan> spans;
  redactor.value().find(text, 0, spans);
  std::string out;
  std::size_t done = 0;
  for (const SensitiveSpan& span : spans) {
    EXPECT_LE(done, span.begin);
    EXPECT_LT(span.begin, span.end);
    EXPECT_LE(span.end, text.size());
    out += text.substr(done, span.begin - done);
    std::string replacement(redactor.value().replacement_size(span.rule), '\0');
    char* end = redactor.value().write_replacement(
        span.rule, text.substr(span.begin, span.end - span.begin), replacement.data());
    EXPECT_EQ(end, replacement.data() + replacement.size());
    out += replacement;
    done = span.end;
  }
  out += text.substr(done);
  EXPECT_LE(out.size(), redactor.value().bound(text.size()));
  return out;
}

std::string redacted(Preset preset, std::string_view text) {
  RedactRules rules;
  rules.presets = {preset};
  return redacted(rules, text);
}

struct Example {
  std::string text;
  std::string expected;
};

/// Each text alone, at every distance from the border of a block of 64 bytes, and in the middle of
/// others.
void expect_all(Preset preset, const std::vector<Example>& examples) {
  for (const Example& example : examples) {
    EXPECT_EQ(redacted(preset, example.text), example.expected);
    for (std::size_t before = 40; before < 140; before += 1 + before % 3) {
      const std::string lines(before, '\n');
      EXPECT_EQ(redacted(preset, lines + example.text + "\nx"), lines + example.expected + "\nx")
          << "behind " << before << " bytes";
    }
  }
}

TEST(Redactor, FindsEmailAddresses) {
  expect_all(Preset::email, {{"joe@example.com", "[email]"},
                             {"<joe.q+tag@mail.example.co.uk>,", "<[email]>,"},
                             {"mailto:a@b.cd?x", "mailto:[email]?x"},
                             {"to=a_b%c@x-y.org.", "to=[email]."},
                             {"a@b.com@c.com", "[email]@c.com"},
                             {"x@y@b.cd", "x@[email]"},
                             {"joe@example.com2", "[email]2"},
                             {"joe@example.com-", "[email]-"},
                             {"joe@192.168.1.1", "joe@192.168.1.1"},
                             {"müller@exämple.de", "[email]"},
                             {"連絡先user@例え.テスト", "[email]"},
                             {"joe@localhost", "joe@localhost"},
                             {"joe@a.b", "joe@a.b"},
                             {"@example.com", "@example.com"},
                             {"a @b.com", "a @b.com"},
                             {"joe@.com", "joe@.com"},
                             {"joe@", "joe@"},
                             {"@", "@"}});
}

TEST(Redactor, FindsIpv4Addresses) {
  expect_all(Preset::ipv4, {{"1.2.3.4", "[ipv4]"},
                            {"255.255.255.255", "[ipv4]"},
                            {"http://10.0.0.1:80/x", "http://[ipv4]:80/x"},
                            {"[192.168.001.002]", "[[ipv4]]"},
                            {"at 1.2.3.4.", "at [ipv4]."},
                            {"1.2.3.4/24-5.6.7.8", "[ipv4]/24-[ipv4]"},
                            {"ip-10.1.1.1", "ip-[ipv4]"},
                            {"é1.2.3.4é", "é[ipv4]é"},
                            {"::ffff:1.2.3.4", "::ffff:[ipv4]"},
                            {"host.1.2.3.4", "host.[ipv4]"},
                            {"256.1.1.1", "256.1.1.1"},
                            {"1.2.3.256", "1.2.3.256"},
                            {"1.2.3", "1.2.3"},
                            {"1.2.3.4.5", "1.2.3.4.5"},
                            {"1.2..3.4", "1.2..3.4"},
                            {"v1.2.3.4", "v1.2.3.4"},
                            {"1.2.3.4a", "1.2.3.4a"},
                            {"1.2.3.4_", "1.2.3.4_"},
                            {"0001.2.3.4", "0001.2.3.4"},
                            {"Chrome/41.0.2272.89", "Chrome/41.0.2272.89"}});
}

TEST(Redactor, FindsIpv6Addresses) {
  expect_all(Preset::ipv6, {{"2001:db8:0:1:2:3:4:5", "[ipv6]"},
                            {"2001:DB8::8:800:200c:417A", "[ipv6]"},
                            {"::1", "[ipv6]"},
                            {"fe80::", "[ipv6]"},
                            {"fe80::1%eth0", "[ipv6]%eth0"},
                            {"[::1]:8080", "[[ipv6]]:8080"},
                            {"::ffff:192.0.2.128", "[ipv6]"},
                            {"64:ff9b::1.2.3.4.", "[ipv6]."},
                            {"1:2:3:4:5:6:1.2.3.4", "[ipv6]"},
                            {"from fe80::1: hello", "from [ipv6]: hello"},
                            {"peer:fe80::1", "peer:[ipv6]"},
                            {"1:2:3:4:5:6:7::", "[ipv6]"},
                            {"1:2:3:4:5:6:7:8:9", "[ipv6]:9"},
                            {"::", "::"},
                            {"10:11:12", "10:11:12"},
                            {"00:1b:44:11:3a:b7", "00:1b:44:11:3a:b7"},
                            {"std::dec", "std::dec"},
                            {"x::1", "x::1"},
                            {"12345::1", "12345::1"},
                            {"1::2::3", "[ipv6][ipv6]"},
                            {"::g", "::g"}});
}

TEST(Redactor, FindsCardNumbers) {
  expect_all(Preset::credit_card, {{"4111111111111111", "[credit_card]"},
                                   {"4111 1111 1111 1111", "[credit_card]"},
                                   {"pan=5500-0000-0000-0004;", "pan=[credit_card];"},
                                   {"3782 822463 10005", "[credit_card]"},
                                   {"378282246310005", "[credit_card]"},
                                   {"3056 930902 5904", "[credit_card]"},
                                   {"4222222222222", "[credit_card]"},
                                   {"200 4111111111111111 512", "200 [credit_card] 512"},
                                   {"4111 1111 1111 1111 123", "[credit_card] 123"},
                                   {"99-4111-1111-1111-1111", "99-[credit_card]"},
                                   {"6304000000000000000", "[credit_card]"},
                                   {"4111111111111112", "4111111111111112"},
                                   {"1111111111111117", "1111111111111117"},
                                   {"4111 1111-1111 1111", "4111 1111-1111 1111"},
                                   {"4111  1111 1111 1111", "4111  1111 1111 1111"},
                                   {"0.4111111111111111", "0.4111111111111111"},
                                   {"x4111111111111111", "x4111111111111111"},
                                   {"41111111111111110000000", "41111111111111110000000"},
                                   {"424242424242", "424242424242"}});
}

TEST(Redactor, FindsTokensAndKeys) {
  expect_all(
      Preset::jwt,
      {{"t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl&x", "t=[jwt]&x"},
       {"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "[jwt]"},
       {"eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn", "[jwt]"},
       {"xeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "xeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"},
       {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0"},
       {"eyJ.eyJ.x", "eyJ.eyJ.x"}});
  expect_all(Preset::bearer,
             {{"Authorization: Bearer abc12345==", "Authorization: [bearer]"},
              {"bearer   0123456789.-_~+/", "[bearer]"},
              {"BEARER abcdefghijklmnopqrst", "[bearer]"},
              {"the bearer authentication failed", "the bearer authentication failed"},
              {"bearer of 2 bad news", "bearer of 2 bad news"},
              {"forbearer abc12345", "forbearer abc12345"},
              {"bearer", "bearer"}});
  const std::string secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  expect_all(Preset::aws_key,
             {{"id=AKIAIOSFODNN7EXAMPLE", "id=[aws_key]"},
              {"ASIAIOSFODNN7EXAMPLE,", "[aws_key],"},
              {"aws_secret_access_key = " + secret, "aws_secret_access_key = [aws_key]"},
              {"\"SecretAccessKey\":\"" + secret + "\"", "\"SecretAccessKey\":\"[aws_key]\""},
              {"secret-key:" + secret + "a", "secret-key:" + secret + "a"},
              {"key=" + secret, "key=" + secret},
              {"AKIAIOSFODNN7EXAMPLEX", "AKIAIOSFODNN7EXAMPLEX"},
              {"AKIAiosfodnn7example", "AKIAiosfodnn7example"},
              {"AKIA", "AKIA"}});
}

TEST(Redactor, ReplacesTheUnionOfWhatOverlaps) {
  RedactRules rules;
  rules.presets = {Preset::ipv4, Preset::email, Preset::ipv6};
  rules.patterns = {{"id", "E-[0-9]+"}, {"tail", "com.*x"}};
  EXPECT_EQ(redacted(rules, "10.0.0.1@b.cd ::ffff:1.2.3.4 1.2.3.4"), "[email] [ipv6] [ipv4]");
  EXPECT_EQ(redacted(rules, "E-7 a@b.com, 1.2.3.4 x E-8\nE-9"), "[id] [email] [id]\n[id]");
}

TEST(Redactor, PatternsSeeOneLine) {
  RedactRules rules;
  rules.patterns = {{"end", "[^,]+$"}};
  EXPECT_EQ(redacted(rules, "a,b\r\nc,d\n,\ne"), "a,[end]\r\nc,[end]\n,\n[end]");
  rules.patterns = {{"ws", "\\s+"}};
  EXPECT_EQ(redacted(rules, "a  b\nc"), "a[ws]b\nc");
  rules.patterns = {{"bad", "x*"}};
  EXPECT_THAT(redacted(rules, ""), testing::HasSubstr("matches the empty text"));
  rules.patterns = {{"bad", "("}};
  EXPECT_THAT(redacted(rules, ""), testing::HasSubstr("is not valid"));
}

TEST(Redactor, HashesRemovesAndMasks) {
  RedactRules rules;
  rules.presets = {Preset::ipv4};
  rules.action = RedactAction::remove;
  EXPECT_EQ(redacted(rules, "a 1.2.3.4 b"), "a  b");
  rules.action = RedactAction::mask;
  rules.mask = "a much longer text than an address";
  EXPECT_EQ(redacted(rules, "1.2.3.4 1.2.3.4"), *rules.mask + " " + *rules.mask);
  rules.mask.reset();
  rules.action = RedactAction::hash;
  const std::string hashed = redacted(rules, "1.2.3.4 1.2.3.4 1.2.3.5");
  ASSERT_EQ(hashed.size(), 3 * 23U + 2);
  EXPECT_EQ(hashed.substr(0, 6), "[ipv4:");
  EXPECT_EQ(hashed.substr(0, 23), hashed.substr(24, 23));
  EXPECT_NE(hashed.substr(0, 23), hashed.substr(48, 23));
  rules.key = "secret";
  EXPECT_NE(redacted(rules, "1.2.3.4"), hashed.substr(0, 23));
}

TEST(PresetScanner, EveryLevelFindsTheSame) {
  const std::vector<Preset> all{Preset::email, Preset::ipv4,   Preset::ipv6,   Preset::credit_card,
                                Preset::jwt,   Preset::bearer, Preset::aws_key};
  const std::vector<std::string> pieces{"1.2.3.4",
                                        "a@b.cd",
                                        "::1",
                                        "4111111111111111",
                                        "Bearer ",
                                        "abc12345",
                                        "AKIA",
                                        "\n",
                                        "eyJ",
                                        "abcdefghi.",
                                        " ",
                                        "12:13:14",
                                        "IOSFODNN7EXAMPLE",
                                        "2001:db8::",
                                        ".",
                                        "9",
                                        "-",
                                        "x"};
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (std::size_t i = random() % 200; i-- > 0;) text += pieces[random() % pieces.size()];
    std::vector<SensitiveSpan> expected;
    PresetScanner(all, SimdLevel::scalar).scan(text, 5, expected);
    EXPECT_TRUE(std::is_sorted(expected.begin(), expected.end()));
    for (const SimdLevel level : {SimdLevel::avx2, SimdLevel::avx512bw}) {
      std::vector<SensitiveSpan> found;
      PresetScanner(all, level).scan(text, 5, found);
      EXPECT_EQ(found, expected) << text;
    }
  }
}

}  // namespace
}  // namespace sluice
