#include "stages/support/retry_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Value map_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::vector<Entry> all;
  for (const auto& [key, text] : entries) all.push_back({key, {}, Value::scalar(text)});
  return Value::map(std::move(all));
}

std::string mistake_in(const Value& value) {
  RetryPolicy policy;
  std::string why;
  return OptionType<RetryPolicy>::parse(value, policy, why) ? "none" : why;
}

TEST(RetryPolicy, IsReadFromAMap) {
  RetryPolicy policy;
  std::string why;
  ASSERT_TRUE(OptionType<RetryPolicy>::parse(
      map_of({{"attempts", "3"}, {"backoff", "1s"}, {"max_backoff", "1m"}, {"jitter", "0.25"}}),
      policy, why));
  EXPECT_EQ(OptionType<RetryPolicy>::print(policy),
            "{attempts: 3, backoff: 1s, max_backoff: 1m, jitter: 0.25}");
  ASSERT_TRUE(OptionType<RetryPolicy>::parse(map_of({}), policy, why));
  EXPECT_EQ(OptionType<RetryPolicy>::print(policy), OptionType<RetryPolicy>::print({}));
}

TEST(RetryPolicy, RefusesWhatItDoesNotMean) {
  EXPECT_THAT(mistake_in(Value::scalar("3")), HasSubstr("expected a map"));
  EXPECT_THAT(mistake_in(map_of({{"tries", "3"}})), HasSubstr("'tries'"));
  EXPECT_THAT(mistake_in(map_of({{"backoff", "3"}})), HasSubstr("'backoff'"));
  EXPECT_THAT(mistake_in(map_of({{"max_backoff", "25h"}})), HasSubstr("at most 1d"));
  for (const std::string jitter : {"1.5", "-0.1", "nan", "much"}) {
    EXPECT_THAT(mistake_in(map_of({{"jitter", jitter}})), HasSubstr("from 0 to 1")) << jitter;
  }
}

RetryPolicy policy_of(std::uint64_t attempts, double jitter) {
  return {attempts, {milliseconds(100)}, {milliseconds(350)}, jitter};
}

TEST(Backoff, DoublesUpToItsBoundAndThenGivesUp) {
  Backoff backoff(policy_of(4, 0), 1);
  std::vector<nanoseconds> waits;
  while (const auto wait = backoff.next()) waits.push_back(*wait);
  EXPECT_THAT(waits, ElementsAre(milliseconds(100), milliseconds(200), milliseconds(350),
                                 milliseconds(350)));
  EXPECT_FALSE(backoff.next());
  backoff.reset();
  EXPECT_EQ(backoff.next(), nanoseconds(milliseconds(100)));
}

TEST(Backoff, LeavesAShareToChance) {
  bool varied = false;
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    Backoff backoff(policy_of(1, 0.5), seed);
    const nanoseconds wait = *backoff.next();
    EXPECT_GE(wait, milliseconds(50));
    EXPECT_LE(wait, milliseconds(100));
    varied = varied || (wait > milliseconds(60) && wait < milliseconds(90));
  }
  EXPECT_TRUE(varied);
}

TEST(Backoff, DoesNotOverflowHoweverOftenItFails) {
  Backoff backoff({5000, {milliseconds(100)}, {milliseconds(350)}, 0}, 1);
  for (int i = 0; i < 4999; ++i) ASSERT_TRUE(backoff.next());
  EXPECT_EQ(backoff.next(), nanoseconds(milliseconds(350)));
}

}  // namespace
}  // namespace sluice
