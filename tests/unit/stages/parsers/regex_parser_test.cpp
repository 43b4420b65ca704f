#include "stages/support/regex_parser.h"

#include "tests/unit/stages/parsers/parser_fixture.h"

namespace sluice {
namespace {

std::string field(const char* pattern, std::string_view record, const std::string& name) {
  FormatOptions options = format_options("regex");
  options.pattern = pattern;
  return ParserFixture(options).field(record, name);
}

TEST(RegexParser, GivesItsNamedGroups) {
  EXPECT_EQ(field(R"(^(?P<time>\S+) \[(?P<level>\w+)\])", "12:00 [warn] x", "level"), "text warn");
  EXPECT_EQ(field(R"((?<a>\d+))", "x 12 34", "a"), "text 12");
  EXPECT_EQ(field(R"((\d+) (?P<b>\d+))", "12 34", "b"), "text 34");
  EXPECT_EQ(field(R"((?P<a>x)|(?P<b>y))", "y", "a"), "missing");
  EXPECT_EQ(field(R"((?P<a>x*)y)", "y", "a"), "text ");
  EXPECT_EQ(field(R"([(?<](?P<a>.))", "(z", "a"), "text z");
  EXPECT_EQ(field(R"(\(?<(?P<a>.))", "(<z", "a"), "text z");
  // A pattern of ASCII characters is matched byte by byte, any other by characters.
  EXPECT_EQ(field("^(?P<a>..)$", "\xc3\xa9", "a"), "text \xc3\xa9");
  EXPECT_EQ(field("^(?P<a>.)\xc3\xa9$", "\xc3\xa9\xc3\xa9", "a"), "text \xc3\xa9");
}

TEST(RegexParser, RefusesWhatDoesNotMatch) {
  EXPECT_EQ(field("^(?P<a>x)$", "xy", "a"), "bad: the pattern does not match");
  EXPECT_EQ(field("^(?P<a>x)$", "", "a"), "bad: the pattern does not match");
}

TEST(RegexParser, NeedsANamedGroup) {
  for (const char* pattern : {"x", "(x)", "(?P<a>x", "(?P<a>x)(?P<a>y)", "(?=x)(?P<a>x)"}) {
    FormatOptions options = format_options("regex");
    options.pattern = pattern;
    FormatMistake mistake;
    EXPECT_FALSE(bind_regex(options, mistake)) << pattern;
    EXPECT_EQ(mistake.option, "pattern");
  }
}

}  // namespace
}  // namespace sluice
