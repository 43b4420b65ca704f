#include "stages/support/time_part.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "engine/expression/expression.h"
#include "engine/expression/syntax.h"

namespace sluice {
namespace {

Schema schema_with_time() {
  Schema schema;
  schema.fields = {{"time", FieldType::timestamp}, {"other", FieldType::any}};
  return schema;
}

/// Against the expression evaluator, which knows nothing of it.
TEST(TimePart, IsWhatTheExpressionGives) {
  std::mt19937_64 random(43);
  const Schema schema = schema_with_time();
  for (const char* name : {"getFullYear", "getMonth", "getDayOfYear", "getDayOfMonth", "getDate",
                           "getDayOfWeek", "getHours", "getMinutes", "getSeconds"}) {
    ExpressionMistake mistake;
    const auto syntax = parse_expression("time." + std::string(name) + "()", mistake);
    auto part = TimePart::of(*syntax, schema);
    ASSERT_TRUE(part) << name;
    EXPECT_EQ(part->field(), "time");
    ExpressionEvaluator evaluator(Expression::compile(*syntax, schema, mistake));
    Timestamp time{Timestamp::min_seconds, 0};
    for (int i = 0; i < 3000; ++i) {
      const CelValue value = CelValue::timestamp(time);
      EXPECT_EQ((*part)(time), evaluator.value_of({&value, 1}).integer()) << name << time.seconds;
      const auto span = static_cast<std::uint64_t>(Timestamp::max_seconds - Timestamp::min_seconds);
      const bool stays_near = i % 3 != 0;
      time.seconds = stays_near
                         ? std::min(time.seconds + 3000, Timestamp::max_seconds)
                         : Timestamp::min_seconds + static_cast<std::int64_t>(random() % span);
      time.nanoseconds = static_cast<std::uint32_t>(random() % 1'000'000'000);
    }
  }
}

TEST(TimePart, IsNoOtherExpression) {
  const Schema schema = schema_with_time();
  for (const char* text : {"time.getHours('Europe/Berlin')", "time.getMilliseconds()", "time",
                           "getHours(time)", "(time + duration('1h')).getHours()", "raw.getHours()",
                           "timestamp(time, 1).getHours()", "time.other()"}) {
    ExpressionMistake mistake;
    const auto syntax = parse_expression(text, mistake);
    ASSERT_TRUE(syntax) << text;
    EXPECT_FALSE(TimePart::of(*syntax, schema)) << text;
  }
  ExpressionMistake mistake;
  EXPECT_TRUE(TimePart::of(*parse_expression("timestamp(other).getHours()", mistake), schema));
}

}  // namespace
}  // namespace sluice
