#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/stage/registry.h"
#include "stages/support/access_log.h"
#include "tests/support/stage_harness.h"

namespace sluice {

void register_generate(Registry& registry);

namespace {

SourceOutput generate(std::vector<Entry> options, std::size_t buffer = 64 << 10) {
  return SourceHarness(register_generate, std::move(options)).run(buffer);
}

/// The share of records that have `text`, in percent.
double share(const SourceOutput& output, std::string_view text) {
  const auto count = std::count_if(
      output.records.begin(), output.records.end(),
      [&](const std::string& record) { return record.find(text) != std::string::npos; });
  return 100.0 * static_cast<double>(count) / static_cast<double>(output.records.size());
}

TEST(GenerateSource, DependsOnTheSeedOnly) {
  const SourceOutput one = generate({option("records", "3000")});
  ASSERT_TRUE(one.status);
  EXPECT_EQ(one.counted, 3000U);
  EXPECT_EQ(one.records.size(), 3000U);
  for (const std::size_t buffer : {64U, 1000U, 1U << 20U}) {
    EXPECT_EQ(generate({option("records", "3000")}, buffer).bytes, one.bytes);
  }
  EXPECT_NE(generate({option("records", "3000"), option("seed", "2")}).bytes, one.bytes);
}

TEST(GenerateSource, MakesAboutTheSizeAskedFor) {
  const SourceOutput output = generate({option("size", "10MB")});
  EXPECT_NEAR(static_cast<double>(output.bytes.size()), 1e7, 2e5);
  EXPECT_FALSE(generate({option("size", "1MB"), option("records", "1")}).status);
  EXPECT_EQ(generate({option("records", "0")}).batches, 0U);
}

TEST(GenerateSource, LooksLikeABusyShop) {
  const SourceOutput output = generate({option("records", "50000")});
  EXPECT_NEAR(share(output, "\" 500 ") + share(output, "\" 502 ") + share(output, "\" 503 "), 1.3,
              0.2);
  EXPECT_NEAR(share(output, "\" 404 ") + share(output, "\" 301 ") + share(output, "\" 304 - "), 14,
              0.7);
  EXPECT_NEAR(share(output, "email="), 3, 0.4);
  EXPECT_NEAR(share(output, "2001:db8:"), 3, 0.4);
  EXPECT_GT(share(output, "/orders/"), 10);
  const double mean = static_cast<double>(output.bytes.size()) / 50000;
  EXPECT_NEAR(mean, static_cast<double>(AccessLog::mean_record_bytes), 2);
}

TEST(GenerateSource, WritesEveryRecordInTheCombinedFormatWithinItsBound) {
  const SourceOutput output = generate({option("records", "2000")});
  for (const std::string& record : output.records) {
    ASSERT_LE(record.size(), AccessLog::longest_record_bytes);
    ASSERT_THAT(record, ::testing::MatchesRegex(
                            "[0-9a-f.:]+ - [a-z-]+ \\[[0-9]+/[A-Za-z]+/2025:[0-9:]+ .0000\\] "
                            "\"[A-Z]+ /[^ \"]* HTTP/1.1\" [0-9]+ [0-9-]+ \"[^\"]+\" \"[^\"]+\"\n"));
  }
}

TEST(GenerateSource, LetsTimeGoForwardOverTheEndOfAMonth) {
  AccessLog log(1);
  std::string record(AccessLog::longest_record_bytes, '\0');
  // 50 a second: second 31 * 86400 - 1 is the last one of March.
  char* end = log.write((31ULL * 86400 - 1) * 50, record.data());
  EXPECT_THAT(std::string(record.data(), end),
              ::testing::HasSubstr("[31/Mar/2025:23:59:59 +0000]"));
  end = log.write(31ULL * 86400 * 50, record.data());
  EXPECT_THAT(std::string(record.data(), end),
              ::testing::HasSubstr("[01/Apr/2025:00:00:00 +0000]"));
}

}  // namespace
}  // namespace sluice
