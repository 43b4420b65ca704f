#include "stages/support/csv_parser.h"

#include "tests/unit/stages/parsers/parser_fixture.h"

namespace sluice {
namespace {

ParserFixture separated(const std::string& format, std::vector<std::string> columns) {
  FormatOptions options = format_options(format);
  options.columns = std::move(columns);
  return ParserFixture(options);
}

/// The three fields of a record, or what is wrong with it.
std::string three(std::string_view record, const std::string& format = "csv") {
  const ParsedRecord parsed = separated(format, {"a", "b", "c"}).parse(record);
  if (!parsed.problem.empty()) {
    return "bad: " + parsed.problem + " at " + std::to_string(parsed.offset);
  }
  return parsed.fields.at("a") + "|" + parsed.fields.at("b") + "|" + parsed.fields.at("c");
}

TEST(CsvParser, FollowsRfc4180) {
  EXPECT_EQ(three("aaa,bbb,ccc"), "text aaa|text bbb|text ccc");
  EXPECT_EQ(three(R"("aaa","bbb","ccc")"), "text aaa|text bbb|text ccc");
  EXPECT_EQ(three(R"("aaa","b""bb","ccc")"), "text aaa|text b\"bb|text ccc");
  EXPECT_EQ(three("\"aaa\",\"b\r\nbb\",\"ccc\""), "text aaa|text b\r\nbb|text ccc");
  EXPECT_EQ(three(R"("a,b",",","")"), "text a,b|text ,|text ");
  // Blanks are part of a field.
  EXPECT_EQ(three(" a , b,c "), "text  a |text  b|text c ");
}

TEST(CsvParser, TellsNothingFromAnEmptyText) {
  EXPECT_EQ(three(",,"), "null|null|null");
  EXPECT_EQ(three("\"\",\"\",\"\""), "text |text |text ");
  EXPECT_EQ(three("\"\"\"\",\"\"\"\"\"\",x"), "text \"|text \"\"|text x");
}

TEST(CsvParser, CountsFields) {
  EXPECT_EQ(three("a,b"), "bad: fewer fields than columns at 3");
  EXPECT_EQ(three(""), "bad: fewer fields than columns at 0");
  EXPECT_EQ(three("a,b,c,d"), "bad: more fields than columns at 5");
  EXPECT_EQ(three("a,b,c,"), "bad: more fields than columns at 5");
  const ParserFixture one = separated("csv", {"a"});
  EXPECT_EQ(one.field("", "a"), "null");
  EXPECT_EQ(one.field("x,", "a"), "bad: more fields than columns");
}

TEST(CsvParser, RefusesMisplacedQuotes) {
  EXPECT_EQ(three("a,\"b,c"), "bad: an unclosed quote at 2");
  EXPECT_EQ(three("a,b,\"c\"\""), "bad: an unclosed quote at 4");
  EXPECT_EQ(three("a,\"b\"x,c"), "bad: no separator behind a quoted field at 5");
  EXPECT_EQ(three("a,\"b\" ,c"), "bad: no separator behind a quoted field at 5");
  EXPECT_EQ(three("a,b\"c\",d"), "bad: a quote in a field without quotes at 2");
  EXPECT_EQ(three("a,b,\""), "bad: an unclosed quote at 4");
}

TEST(CsvParser, ReadsTabs) {
  EXPECT_EQ(three("a\tb,\tc", "tsv"), "text a|text b,|text c");
  EXPECT_EQ(three("a\t\t\"\"", "tsv"), "text a|null|text ");
  EXPECT_EQ(three("a\tb\"c\"\td", "tsv"), "text a|text b\"c\"|text d");
  EXPECT_EQ(three("a\t\"b\tb\"\td", "tsv"), "text a|text b\tb|text d");
  EXPECT_EQ(three("a\t\"b\td", "tsv"), "bad: an unclosed quote at 2");
}

TEST(CsvParser, TakesAnyBytes) {
  EXPECT_EQ(three("\xff,\x01,\xc3\xa9"), "text \xff|text \x01|text \xc3\xa9");
  EXPECT_EQ(three(std::string_view("\0,\"\0\",x", 7)), std::string("text \0|text \0|text x", 20));
}

TEST(CsvParser, FindsItsHeader) {
  FormatOptions options = format_options("csv");
  options.columns = {"a", "b c"};
  options.header = true;
  const RecordFormat format = ParserFixture(options).format();
  ASSERT_TRUE(format.is_header);
  EXPECT_TRUE(format.is_header("a,b c"));
  EXPECT_TRUE(format.is_header("\xEF\xBB\xBF\"a\",\"b c\""));
  EXPECT_FALSE(format.is_header("b c,a"));
  EXPECT_FALSE(format.is_header("a,b c,d"));
  EXPECT_FALSE(format.is_header("a"));
  EXPECT_FALSE(format.is_header(""));
}

TEST(CsvParser, ReadsTheNamesOfAHeader) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(CsvParser::names_in("a,\"b,c\"\r\n", ','), (Names{"a", "b,c"}));
  EXPECT_EQ(CsvParser::names_in("\xEF\xBB\xBF\"a\n\"\"\"", ','), (Names{"a\n\""}));
  EXPECT_EQ(CsvParser::names_in("a\tb", '\t'), (Names{"a", "b"}));
  for (const char* bad : {"", "\n", "a,", "a,,b", "a,a", "a,\"b", "\"\",b"}) {
    EXPECT_FALSE(CsvParser::names_in(bad, ',')) << bad;
  }
}

TEST(CsvParser, TakesItsColumnsFromTheHead) {
  FormatOptions options = format_options("csv");
  options.header = true;
  const RecordFormat format = ParserFixture(options).format();
  EXPECT_TRUE(format.schema.open);
  ASSERT_TRUE(format.make_parser_for);
  EXPECT_NE(format.make_parser_for({"a"}, "b,a\n"), nullptr);
  EXPECT_EQ(format.make_parser_for({"a"}, "a,a\n"), nullptr);
}

}  // namespace
}  // namespace sluice
