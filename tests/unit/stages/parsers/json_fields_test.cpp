// The values that the JSON parser gives; json_parser_test.cpp has what it accepts.
#include "stages/support/json_parser.h"
#include "tests/unit/stages/parsers/parser_fixture.h"

namespace sluice {
namespace {

std::string field(std::string_view record, const std::string& name) {
  return ParserFixture("json").field(record, name);
}

TEST(JsonFields, KeepsIntegersExact) {
  const auto number = [](const std::string& text) { return field("{\"a\":" + text + "}", "a"); };
  EXPECT_EQ(number("9007199254740993"), "integer 9007199254740993");
  EXPECT_EQ(number("9223372036854775807"), "integer 9223372036854775807");
  EXPECT_EQ(number("-9223372036854775808"), "integer -9223372036854775808");
  EXPECT_EQ(number("9223372036854775808"), "decimal 9223372036854775808");
  EXPECT_EQ(number("18446744073709551616"), "decimal 18446744073709551616");
  EXPECT_EQ(number("0.1"), "real 0.1");
  EXPECT_EQ(number("1E2"), "real 100");
  EXPECT_EQ(number("-0"), "real -0");
  EXPECT_EQ(number("5e-324"), "real 5e-324");
  // RFC 8259 allows it, and no double holds it.
  EXPECT_EQ(number("1e999"), "decimal 1e999");
  EXPECT_EQ(number("-1e-999"), "decimal -1e-999");
}

TEST(JsonFields, FindsNestedPaths) {
  const std::string_view record = R"({"a":{"b":{"c":1},"b.c":2},"a.b":{"c":3},"l":[{"c":4},[]]})";
  EXPECT_EQ(field(record, "a.b.c"), "integer 1");
  EXPECT_EQ(field(record, "a.b\\.c"), "integer 2");
  EXPECT_EQ(field(record, "a\\.b.c"), "integer 3");
  EXPECT_EQ(field(record, "a.b"), R"(json {"c":1})");
  EXPECT_EQ(field(record, "l"), R"(json [{"c":4},[]])");
  EXPECT_EQ(field(record, "l.c"), "missing");
  EXPECT_EQ(field(record, "a.x"), "missing");
}

TEST(JsonFields, TakesTheLastOfEqualKeys) {
  EXPECT_EQ(field(R"({"a":1,"a":"x"})", "a"), "text x");
  EXPECT_EQ(field(R"({"a":{"b":1},"a":2})", "a.b"), "missing");
  EXPECT_EQ(field(R"({"a":{"b":1},"a":{"c":2}})", "a.b"), "missing");
  EXPECT_EQ(field(R"({"a":{"b":1},"a":[{"b":2}]})", "a.b"), "missing");
  EXPECT_EQ(field(R"({"a":1,"\u0061":2})", "a"), "integer 2");
  EXPECT_EQ(field(R"({"a":1,"a":null})", "a"), "null");
}

TEST(JsonFields, UndoesEscapes) {
  EXPECT_EQ(field(R"({"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"})", "a"),
            "text \"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(field(R"({"a\"b":1})", "a\"b"), "integer 1");
  EXPECT_EQ(field(R"({"a":"\u0000"})", "a"), std::string("text \0", 6));
}

TEST(JsonFields, BoundsItsDepth) {
  const auto nested = [](std::size_t depth) {
    std::string text = "{\"a\":";
    text.append(depth, '[').append(depth, ']');
    return text + "}";
  };
  EXPECT_EQ(field(nested(63), "b"), "missing");
  EXPECT_EQ(field(nested(64), "b"), "bad: JSON nested more than 64 deep");
  EXPECT_NE(field(nested(5000), "b"), "missing");
  EXPECT_NE(field("{\"a\":" + std::string(100'000, '[') + "}", "b"), "missing");
}

}  // namespace
}  // namespace sluice
