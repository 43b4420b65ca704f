#include "stages/support/log_format_parser.h"

#include "tests/unit/stages/parsers/parser_fixture.h"

namespace sluice {
namespace {

constexpr const char* combined =
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
    "\"$http_referer\" \"$http_user_agent\"";

std::string field(const char* format, std::string_view record, const std::string& name) {
  return ParserFixture(format).field(record, name);
}

TEST(LogFormatParser, ReadsNginxsOwnCombinedFormat) {
  const std::string_view record =
      R"(2001:db8::1 - - [01/Jan/2026:00:00:01 +0100] "GET /a HTTP/2.0" 200 612 "-" "curl \x22q\x22")";
  EXPECT_EQ(ParserFixture(combined).parse(record).fields,
            (std::map<std::string, std::string>{{"remote_addr", "text 2001:db8::1"},
                                                {"remote_user", "null"},
                                                {"time_local", "text 01/Jan/2026:00:00:01 +0100"},
                                                {"request", "text GET /a HTTP/2.0"},
                                                {"status", "integer 200"},
                                                {"body_bytes_sent", "integer 612"},
                                                {"http_referer", "null"},
                                                {"http_user_agent", "text curl \\x22q\\x22"}}));
}

TEST(LogFormatParser, EndsQuotedFieldsAtQuotesWithoutABackslash) {
  EXPECT_EQ(field("\"$a\" $b", R"("x \" y" z)", "a"), R"(text x \" y)");
  EXPECT_EQ(field("\"$a\" $b", R"("x\\" z)", "b"), "text z");
  EXPECT_EQ(field("\"$a\" $b", R"("x)", "a"), "bad: an unclosed quote");
  EXPECT_EQ(field("\"$a\" $b", R"("x\")", "a"), "bad: an unclosed quote");
  EXPECT_EQ(field("\"$a\" $b", R"("x"z)", "a"), "bad: not the text behind a field");
}

TEST(LogFormatParser, ReadsNumbers) {
  EXPECT_EQ(field("$status;", "-;", "status"), "null");
  EXPECT_EQ(field("$status;", "000;", "status"), "integer 0");
  EXPECT_EQ(field("$status;", ";", "status"), "bad: a field that is no number");
  EXPECT_EQ(field("$status;", "2x0;", "status"), "bad: a field that is no number");
  EXPECT_EQ(field("$status;", "99999999999999999999;", "status"), "bad: a field that is no number");
  EXPECT_EQ(field("$request_time;", "0.004;", "request_time"), "real 0.004");
  EXPECT_EQ(field("$msec;", "1767225600.123;", "msec"), "real 1767225600.123");
  EXPECT_EQ(field("$request_time;", "inf;", "request_time"), "bad: a field that is no number");
}

TEST(LogFormatParser, KeepsListsOfUpstreamsTogether) {
  constexpr const char* format = "$upstream_addr $upstream_response_time $status";
  const std::string_view several = "10.0.0.1:80, 10.0.0.2:80 : [::1]:80 0.1, 0.2 : 0.3 200";
  EXPECT_EQ(field(format, several, "upstream_addr"), "text 10.0.0.1:80, 10.0.0.2:80 : [::1]:80");
  EXPECT_EQ(field(format, several, "upstream_response_time"), "text 0.1, 0.2 : 0.3");
  EXPECT_EQ(field(format, several, "status"), "integer 200");
  EXPECT_EQ(field(format, "unix:/run/a.sock 0.25 502", "upstream_response_time"), "real 0.25");
  EXPECT_EQ(field(format, "- - 499", "upstream_response_time"), "null");
}

TEST(LogFormatParser, TellsTheColonsOfAnAddressFromThatOfItsPort) {
  constexpr const char* format = "$remote_addr:$remote_port $status";
  EXPECT_EQ(field(format, "10.0.0.1:5000 200", "remote_port"), "integer 5000");
  EXPECT_EQ(field(format, "2001:db8::1:5000 200", "remote_addr"), "text 2001:db8::1");
  EXPECT_EQ(field(format, "2001:db8::1:5000 200", "remote_port"), "integer 5000");
  EXPECT_EQ(field(format, "::1:80 200", "remote_addr"), "text ::1");
  EXPECT_EQ(field("[$remote_addr]:$remote_port", "[::1]:80", "remote_addr"), "text ::1");
  EXPECT_EQ(field(format, "10.0.0.1 200", "remote_addr"), "bad: not the text behind a field");
}

TEST(LogFormatParser, WantsTheWholeLine) {
  EXPECT_EQ(field("a $x", "b 1", "x"), "bad: not the text in front of the first field");
  EXPECT_EQ(field("$x b", "1 b c", "x"), "bad: something behind the last field");
  EXPECT_EQ(field("$x", "", "x"), "text ");
  EXPECT_EQ(field("${x}y$z", "1y2", "z"), "text 2");
}

TEST(LogFormatParser, RefusesFormatsThatNobodyCanRead) {
  for (const char* format : {"$a$b", "$", "a $ b", "${a", "$a $a", "${} b"}) {
    FormatMistake mistake;
    FormatOptions options = format_options(format);
    EXPECT_FALSE(bind_log_format(options, mistake)) << format;
    EXPECT_EQ(mistake.option, "format");
  }
}

}  // namespace
}  // namespace sluice
