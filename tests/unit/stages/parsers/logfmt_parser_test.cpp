#include "stages/support/logfmt_parser.h"

#include "tests/unit/stages/parsers/parser_fixture.h"

namespace sluice {
namespace {

std::string field(std::string_view record, const std::string& name) {
  return ParserFixture("logfmt").field(record, name);
}

TEST(LogfmtParser, ReadsPairs) {
  const std::string_view record = R"(at=info method=GET path="/a b" took=12.5 n=-3 retry ok=true)";
  EXPECT_EQ(field(record, "at"), "text info");
  EXPECT_EQ(field(record, "path"), "text /a b");
  EXPECT_EQ(field(record, "took"), "real 12.5");
  EXPECT_EQ(field(record, "n"), "integer -3");
  EXPECT_EQ(field(record, "retry"), "boolean true");
  EXPECT_EQ(field(record, "ok"), "boolean true");
  EXPECT_EQ(field(record, "other"), "missing");
  EXPECT_EQ(field(record, "metho"), "missing");
}

TEST(LogfmtParser, ReadsWhatStandsAlone) {
  EXPECT_EQ(field("", "a"), "missing");
  EXPECT_EQ(field("  \t ", "a"), "missing");
  EXPECT_EQ(field("a=", "a"), "text ");
  EXPECT_EQ(field("a= b=1", "a"), "text ");
  EXPECT_EQ(field("a=\"\"", "a"), "text ");
  EXPECT_EQ(field("\ta=1\tb=2 ", "b"), "integer 2");
  EXPECT_EQ(field("a=b=c", "a"), "text b=c");
  EXPECT_EQ(field("a=1 a=2", "a"), "integer 2");
  EXPECT_EQ(field("a=1 a", "a"), "boolean true");
  EXPECT_EQ(field("http.status=200", "http\\.status"), "integer 200");
  EXPECT_EQ(field("\xc3\xa9=\xff", "\xc3\xa9"), "text \xff");
}

TEST(LogfmtParser, TakesForNumbersOnlyWhatIsWrittenAgainTheSame) {
  EXPECT_EQ(field("a=0", "a"), "integer 0");
  EXPECT_EQ(field("a=999999999999999", "a"), "integer 999999999999999");
  EXPECT_EQ(field("a=0.5", "a"), "real 0.5");
  for (const char* text : {"007", "-0", "1.", ".5", "1.50", "1e3", "0x1", "+1", "1_000", "-", "--1",
                           "1.2.3", "1234567890123456", "12345678901234567890", "NaN", "inf"}) {
    EXPECT_EQ(field(std::string("a=") + text, "a"), std::string("text ") + text);
  }
}

TEST(LogfmtParser, UndoesEscapes) {
  EXPECT_EQ(field(R"(a="say \"hi\"\t\\ \u00e9 \ud83d\ude00" b=1)", "a"),
            "text say \"hi\"\t\\ \xc3\xa9 \xf0\x9f\x98\x80");
  EXPECT_EQ(field(R"(a="x\\" b=1)", "b"), "integer 1");
  EXPECT_EQ(field(R"(a="x\q")", "a"), "bad: an unknown escape");
  EXPECT_EQ(field(R"(a="\u12")", "a"), "bad: an unknown escape");
  EXPECT_EQ(field(R"(a="\ud83d")", "a"), "bad: an unknown escape");
}

TEST(LogfmtParser, RefusesTheRest) {
  EXPECT_EQ(field(R"(a="x)", "b"), "bad: an unclosed quote");
  EXPECT_EQ(field(R"(a="x\")", "b"), "bad: an unclosed quote");
  EXPECT_EQ(field(R"(a="x\)", "b"), "bad: an unclosed quote");
  EXPECT_EQ(field(R"(a=x"y")", "b"), "bad: a quote in a value without quotes");
  EXPECT_EQ(field(R"(a="x"y)", "b"), "bad: no blank behind a quoted value");
  EXPECT_EQ(field("=x", "b"), "bad: a value without a key");
  EXPECT_EQ(field("a=1 =2", "b"), "bad: a value without a key");
  EXPECT_EQ(field(R"("a"=1)", "b"), "bad: a quote in a key");
  EXPECT_EQ(field(R"(a"b=1)", "b"), "bad: a quote in a key");
}

}  // namespace
}  // namespace sluice
