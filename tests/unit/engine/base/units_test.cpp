#include "engine/base/units.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace sluice {
namespace {

std::optional<std::uint64_t> bytes(std::string_view text) {
  const auto size = parse_byte_size(text);
  return size ? std::optional(size->bytes) : std::nullopt;
}

std::optional<std::int64_t> nanoseconds(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration ? std::optional<std::int64_t>(duration->value.count()) : std::nullopt;
}

TEST(ByteSize, ParsesEveryUnit) {
  EXPECT_EQ(bytes("0B"), 0U);
  EXPECT_EQ(bytes("64B"), 64U);
  EXPECT_EQ(bytes("2kB"), 2000U);
  EXPECT_EQ(bytes("64KiB"), 65536U);
  EXPECT_EQ(bytes("3MB"), 3'000'000U);
  EXPECT_EQ(bytes("1MiB"), 1U << 20U);
  EXPECT_EQ(bytes("1GB"), 1'000'000'000U);
  EXPECT_EQ(bytes("1GiB"), 1U << 30U);
  EXPECT_EQ(bytes("1TB"), 1'000'000'000'000U);
  EXPECT_EQ(bytes("1TiB"), std::uint64_t{1} << 40U);
  EXPECT_EQ(bytes("007KiB"), 7168U);
}

TEST(ByteSize, TakesFractionsAndSpaces) {
  EXPECT_EQ(bytes("1.5 MiB"), 1'572'864U);
  EXPECT_EQ(bytes("0.5KiB"), 512U);
  EXPECT_EQ(bytes("0.1KiB"), 102U) << "rounded down";
  EXPECT_EQ(bytes("0.99999999999999999999999999B"), 0U);
  EXPECT_EQ(bytes("0.125   GiB"), 134'217'728U);
}

TEST(ByteSize, RefusesWhatIsNotASize) {
  for (const char* text :
       {"", "64", "KiB", "-1KiB", "+1KiB", "1e3B", "1.KiB", ".5KiB", "1,5KiB", "1KIB", "1Kb", "1K",
        "64KiB ", " 64KiB", "1 2KiB", "0x10B", "1.2.3KiB"}) {
    EXPECT_FALSE(parse_byte_size(text)) << text;
  }
}

TEST(ByteSize, KnowsTheBorderOf64Bits) {
  EXPECT_EQ(bytes("18446744073709551615B"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(bytes("18446744073709551616B"));
  EXPECT_EQ(bytes("16777215TiB"), std::uint64_t{16777215} << 40U);
  EXPECT_FALSE(bytes("16777216TiB"));
  EXPECT_FALSE(bytes("99999999999999999999999TiB"));
}

TEST(Duration, ParsesEveryUnit) {
  EXPECT_EQ(nanoseconds("7ns"), 7);
  EXPECT_EQ(nanoseconds("7us"), 7'000);
  EXPECT_EQ(nanoseconds("7ms"), 7'000'000);
  EXPECT_EQ(nanoseconds("10s"), 10'000'000'000);
  EXPECT_EQ(nanoseconds("1.5m"), 90'000'000'000);
  EXPECT_EQ(nanoseconds("2 h"), 7'200'000'000'000);
  EXPECT_EQ(nanoseconds("1d"), 86'400'000'000'000);
}

TEST(Duration, RefusesWhatIsNotOne) {
  for (const char* text : {"", "10", "s", "-1s", "10sec", "10S", "1h30m", "1..5s", "inf"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(nanoseconds("9223372036854775807ns"), std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(nanoseconds("9223372036854775808ns"));
  EXPECT_FALSE(nanoseconds("106752d"));
}

TEST(Units, PrintTheLargestExactUnit) {
  EXPECT_EQ(print(ByteSize{0}), "0B");
  EXPECT_EQ(print(64_KiB), "64KiB");
  EXPECT_EQ(print(256_MiB), "256MiB");
  EXPECT_EQ(print(ByteSize{1500}), "1500B");
  EXPECT_EQ(print(ByteSize{2'000'000}), "2MB");
  EXPECT_EQ(print(Duration{}), "0s");
  EXPECT_EQ(print(Duration{std::chrono::seconds(10)}), "10s");
  EXPECT_EQ(print(Duration{std::chrono::seconds(90)}), "90s");
  EXPECT_EQ(print(Duration{std::chrono::hours(48)}), "2d");
  EXPECT_EQ(print(Duration{std::chrono::milliseconds(1500)}), "1500ms");
}

TEST(Units, PrintedIsParsedBackToTheSame) {
  std::uint64_t value = 1;
  for (int i = 0; i < 2000; ++i) {
    value = value * 6364136223846793005U + 1442695040888963407U;
    const ByteSize size{value >> (i % 64)};
    EXPECT_EQ(parse_byte_size(print(size)), size);
    const Duration duration{std::chrono::nanoseconds(static_cast<std::int64_t>(size.bytes >> 1U))};
    EXPECT_EQ(parse_duration(print(duration)), duration);
  }
}

TEST(Units, ShortCountHasThreeSignificantDigits) {
  EXPECT_EQ(short_count(0), "0");
  EXPECT_EQ(short_count(7), "7");
  EXPECT_EQ(short_count(0.25), "0.25");
  EXPECT_EQ(short_count(12.34), "12.3");
  EXPECT_EQ(short_count(999.4), "999");
  EXPECT_EQ(short_count(999.5), "1k");
  EXPECT_EQ(short_count(1234), "1.23k");
  EXPECT_EQ(short_count(1'200'000), "1.2M");
  EXPECT_EQ(short_count(310e6), "310M");
  EXPECT_EQ(short_count(999'999), "1M");
  EXPECT_EQ(short_count(-1500), "-1.5k");
  EXPECT_EQ(short_count(1e21), "1000E");
  EXPECT_EQ(short_count(std::numeric_limits<double>::infinity()), "?");
  EXPECT_EQ(short_count(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_FALSE(short_count(std::numeric_limits<double>::max()).empty());
}

TEST(Units, ShortBytes) {
  EXPECT_EQ(short_bytes(310e6), "310MB");
  EXPECT_EQ(short_bytes(1.4e9), "1.4GB");
  EXPECT_EQ(short_bytes(12), "12B");
}

}  // namespace
}  // namespace sluice
