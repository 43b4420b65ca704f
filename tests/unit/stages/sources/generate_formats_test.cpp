// The formats of the source `generate` beside `combined`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/app_log.h"
#include "stages/support/made_up_log.h"
#include "stages/support/system_log.h"
#include "tests/support/stage_harness.h"

namespace sluice {

void register_generate(Registry& registry);

namespace {

using ::testing::HasSubstr;

SourceOutput generate(std::string format, std::string records, std::size_t buffer = 64 << 10,
                      std::string seed = "1") {
  return SourceHarness(register_generate,
                       {option("format", std::move(format)), option("records", std::move(records)),
                        option("seed", std::move(seed))})
      .run(buffer);
}

/// The share of records that fulfil a condition, in percent.
template <class Condition>
double share_of(const SourceOutput& output, const Condition& condition) {
  const auto count = std::count_if(output.records.begin(), output.records.end(), condition);
  return 100.0 * static_cast<double>(count) / static_cast<double>(output.records.size());
}

double share(const SourceOutput& output, std::string_view text) {
  return share_of(
      output, [&](const std::string& record) { return record.find(text) != std::string::npos; });
}

/// The keys of a JSON object in their order, those of objects in it with a dot in front. Nothing if
/// a string has an escape that JSON lacks, or brackets do not match.
std::optional<std::vector<std::string>> keys_of(std::string_view json) {
  std::vector<std::string> keys;
  std::string open;
  std::string text;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char byte = json[i];
    if (byte == '{' || byte == '[') open += byte;
    if (byte == '}' || byte == ']') {
      if (open.empty() || open.back() != (byte == '}' ? '{' : '[')) return std::nullopt;
      open.pop_back();
    }
    if (byte == ':') keys.push_back(std::string(open.size() - 1, '.') + text);
    if (byte != '"') continue;
    text.clear();
    for (++i; i < json.size() && json[i] != '"'; ++i) {
      if (static_cast<unsigned char>(json[i]) < ' ') return std::nullopt;
      if (json[i] == '\\' &&
          std::string_view(R"("\/bfnrtu)").find(json[++i]) == std::string::npos) {
        return std::nullopt;
      }
      text += json[i];
    }
  }
  return open.empty() ? std::optional(keys) : std::nullopt;
}

class GenerateFormats : public ::testing::TestWithParam<const char*> {};

TEST_P(GenerateFormats, DependOnTheSeedOnly) {
  const SourceOutput one = generate(GetParam(), "2000");
  ASSERT_TRUE(one.status);
  EXPECT_EQ(one.counted, 2000U);
  EXPECT_EQ(one.records.size(), 2000U);
  for (const std::size_t buffer : {64U, 1000U, 1U << 20U}) {
    EXPECT_EQ(generate(GetParam(), "2000", buffer).bytes, one.bytes);
  }
  EXPECT_NE(generate(GetParam(), "2000", 64 << 10, "2").bytes, one.bytes);
}

TEST_P(GenerateFormats, MakeAboutTheSizeAskedFor) {
  const SourceOutput output =
      SourceHarness(register_generate, {option("format", GetParam()), option("size", "10MB")})
          .run(64 << 10);
  EXPECT_NEAR(static_cast<double>(output.bytes.size()), 1e7, 2e5);
}

INSTANTIATE_TEST_SUITE_P(All, GenerateFormats, ::testing::Values("combined", "json", "syslog"));

TEST(GenerateJson, WritesTheSameKeysInEveryRecordWithinItsBound) {
  const std::vector<std::string> keys{
      "time",    "level",   "service",     "host",   "pid",      "thread",  "logger", "trace_id",
      "span_id", "message", "duration_ms", "status", "bytes",    "user",    "method", "path",
      "region",  "retry",   "tags",        "http",   ".version", ".client", ".cached"};
  const SourceOutput output = generate("json", "5000");
  for (const std::string& record : output.records) {
    ASSERT_LE(record.size(), AppLog::longest_record_bytes);
    ASSERT_EQ(record.find('\n'), record.size() - 1);
    ASSERT_EQ(keys_of(std::string_view(record).substr(0, record.size() - 1)), keys) << record;
  }
}

TEST(GenerateJson, LooksLikeTheServicesOfAShop) {
  const SourceOutput output = generate("json", "50000");
  EXPECT_NEAR(share(output, R"("level":"INFO")"), 80, 1);
  EXPECT_NEAR(share(output, R"("level":"DEBUG")"), 13.5, 1);
  EXPECT_NEAR(share(output, R"("level":"WARN")"), 5, 0.5);
  EXPECT_NEAR(share(output, R"("level":"ERROR")"), 1.5, 0.2);
  EXPECT_NEAR(share(output, R"("user":null)"), 58, 1);
  EXPECT_NEAR(share(output, "u00e9"), 7, 1);
  EXPECT_NEAR(share(output, "\u00fc"), 7, 1);
  EXPECT_GT(share(output, R"(\n\t)"), 1);
  const double mean = static_cast<double>(output.bytes.size()) / 50000;
  EXPECT_NEAR(mean, static_cast<double>(AppLog::mean_record_bytes), 3);
}

TEST(GenerateJson, HasTheWordErrorInRecordsOfOtherLevels) {
  const SourceOutput output = generate("json", "50000");
  const auto mentions = [&](std::string_view text) {
    return share_of(output, [&](const std::string& record) {
      return record.find(R"("level":"ERROR")") == std::string::npos &&
             record.find(text) != std::string::npos;
    });
  };
  EXPECT_GT(mentions("ERROR"), 2);
  EXPECT_GT(mentions(R"(["ERROR")"), 0.2);
  EXPECT_GT(mentions("codes/ERROR-"), 0.2);
  EXPECT_GT(mentions(R"(\"level\":\"ERROR\")"), 0.2);
}

TEST(GenerateJson, LetsTimeGoForward) {
  const SourceOutput output = generate("json", "2000");
  EXPECT_TRUE(std::is_sorted(output.records.begin(), output.records.end(),
                             [](const std::string& a, const std::string& b) {
                               return a.substr(0, 33) < b.substr(0, 33);
                             }));
  EXPECT_THAT(output.records.back(), HasSubstr(R"({"time":"2025-03-01T00:00:07.99)"));
}

TEST(GenerateSyslog, WritesBothFormatsWithinItsBound) {
  const SourceOutput output = generate("syslog", "5000");
  for (const std::string& record : output.records) {
    ASSERT_LE(record.size(), SystemLog::longest_record_bytes);
    if (record.find("1 2025-") != std::string::npos) {
      ASSERT_THAT(record, ::testing::MatchesRegex(
                              "<[0-9]+>1 2025-03-01T[0-9:.]+Z [a-z0-9.:-]+ [A-Za-z/]+ ([0-9]+|-) "
                              "([A-Z]+|-) (-|\\[.*\"\\]) .*\n"));
    } else {
      ASSERT_THAT(record, ::testing::MatchesRegex(
                              "<[0-9]+>Mar  1 [0-9:]+ [a-z0-9-]+ [A-Za-z/]+(.[0-9]+.)?: .*\n"));
    }
  }
}

TEST(GenerateSyslog, LooksLikeACollectorsFile) {
  const SourceOutput output = generate("syslog", "50000");
  const double modern = share(output, "1 2025-");
  EXPECT_NEAR(modern, 70, 1);
  EXPECT_NEAR(share(output, "=\""), modern * 0.34, 1);
  EXPECT_GT(share(output, R"(\"no\" [twice\]" path="C:\\log\\)"), 1);
  EXPECT_NEAR(share(output, "\xef\xbb\xbf"), 1.5, 0.3);
  const double mean = static_cast<double>(output.bytes.size()) / 50000;
  EXPECT_NEAR(mean, static_cast<double>(SystemLog::mean_record_bytes), 1);
}

TEST(GenerateSyslog, LetsTimeGoForwardOverTheEndOfAMonth) {
  SystemLog log(1);
  std::string record(SystemLog::longest_record_bytes, '\0');
  bool old_seen = false;
  // 100 a second: the 15 first seconds of 11 April.
  for (std::uint64_t index = 41ULL * 86400 * 100; index < 41ULL * 86400 * 100 + 1500; ++index) {
    const std::string_view text(record.data(), log.write(index, record.data()));
    const bool is_old = text.find(">Apr 11 00:00:") != std::string::npos;
    ASSERT_TRUE(is_old || text.find(">1 2025-04-11T00:00:") != std::string::npos) << text;
    old_seen = old_seen || is_old;
  }
  EXPECT_TRUE(old_seen);
}

TEST(MadeUpLog, TimestampsChangeWithEverySecond) {
  made_up::Timestamp timestamp;
  std::string text(made_up::Timestamp::size, '\0');
  timestamp.put(text.data(), 1);
  EXPECT_EQ(text, "2025-03-01T00:00:00.001Z");
  timestamp.put(text.data(), 999);
  EXPECT_EQ(text, "2025-03-01T00:00:00.999Z");
  timestamp.put(text.data(), 306ULL * 86400 * 1000 - 1);
  EXPECT_EQ(text, "2025-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace sluice
