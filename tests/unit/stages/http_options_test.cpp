#include "stages/support/http_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecretTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / "sluice_secret_XXXXXX").string();
    const int fd = ::mkstemp(path_.data());
    ASSERT_GE(fd, 0);
    Io::system().close(fd);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  Result<std::string> secret(const std::string& content) const {
    std::ofstream(path_, std::ios::binary) << content;
    return secret_of_file(Io::system(), path_);
  }

  std::string path_;
};

TEST_F(SecretTest, IsTheFirstLineOfAFile) {
  EXPECT_EQ(secret("abc").value(), "abc");
  EXPECT_EQ(secret("abc\n").value(), "abc");
  EXPECT_EQ(secret("abc\r\nsecond\n").value(), "abc");
}

TEST_F(SecretTest, ThatIsNoneIsAnErrorThatDoesNotShowIt) {
  EXPECT_FALSE(secret(""));
  EXPECT_FALSE(secret("\nabc"));
  const Result<std::string> odd = secret("abc\x01");
  ASSERT_FALSE(odd);
  EXPECT_THAT(to_string(odd.error()), HasSubstr(path_));
  EXPECT_THAT(to_string(odd.error()), Not(HasSubstr("abc")));
  EXPECT_FALSE(secret_of_file(Io::system(), path_ + ".nothing"));
}

TEST_F(SecretTest, OfTheEnvironmentMustBeThere) {
  const Result<std::string> none = secret_of_environment("SLUICE_TEST_NO_SUCH_SECRET");
  ASSERT_FALSE(none);
  EXPECT_THAT(to_string(none.error()), HasSubstr("SLUICE_TEST_NO_SUCH_SECRET"));
}

template <class T>
std::string why_not(std::vector<Entry> entries) {
  T to;
  std::string why;
  EXPECT_FALSE(OptionType<T>::parse(Value::map(std::move(entries)), to, why));
  return why;
}

Entry entry(std::string key, std::string text) {
  return {std::move(key), {}, Value::scalar(std::move(text))};
}

TEST(HttpOptions, AreReadAsTheyAreWritten) {
  BodyLimits limits;
  std::string why;
  ASSERT_TRUE(OptionType<BodyLimits>::parse(
      Value::map({entry("records", "7"), entry("bytes", "2KiB"), entry("every", "0s")}), limits,
      why));
  EXPECT_EQ(OptionType<BodyLimits>::print(limits), "{records: 7, bytes: 2KiB, every: 0s}");
  EXPECT_THAT(why_not<BodyLimits>({entry("lines", "7")}), HasSubstr("no such key"));
  EXPECT_THAT(why_not<BodyLimits>({entry("bytes", "0B")}), HasSubstr("at least a record"));
}

TEST(HttpOptions, HeadersHoldNoFurtherHeaders) {
  EXPECT_THAT(why_not<HttpHeaders>({entry("A", "b\r\nC: d")}), HasSubstr("without line ends"));
  EXPECT_THAT(why_not<HttpHeaders>({entry("A: b", "c")}), HasSubstr("a header has a name"));
  HttpHeaders headers;
  std::string why;
  ASSERT_TRUE(OptionType<HttpHeaders>::parse(Value::map({entry("X-A", "b")}), headers, why));
  EXPECT_TRUE(headers.has("x-a"));
  EXPECT_FALSE(headers.has("x-"));
}

TEST(HttpOptions, APasswordComesFromOnePlace) {
  EXPECT_THAT(why_not<BasicAuth>({entry("user", "u")}), HasSubstr("one of"));
  EXPECT_THAT(why_not<BasicAuth>(
                  {entry("user", "u"), entry("password_env", "A"), entry("password_file", "b")}),
              HasSubstr("one of"));
  EXPECT_THAT(why_not<BasicAuth>({entry("user", "u"), entry("password", "p")}),
              HasSubstr("no such key"));
}

}  // namespace
}  // namespace sluice
