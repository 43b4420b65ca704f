#include "stages/support/syslog_parser.h"

#include "engine/data/timestamp.h"
#include "tests/unit/stages/parsers/parser_fixture.h"

namespace sluice {
namespace {

using Fields = std::map<std::string, std::string>;

std::int64_t seconds_of(std::string_view time) { return parse_rfc3339(time)->seconds; }

ParserFixture syslog_in(std::optional<std::uint32_t> year, const std::string& zone = "UTC") {
  FormatOptions options = format_options("syslog");
  options.year = year;
  options.zone = zone;
  return ParserFixture(options);
}

ParserFixture syslog_read_at(std::string_view now, const std::string& zone = "UTC") {
  FormatOptions options = format_options("syslog");
  options.now = seconds_of(now);
  options.zone = zone;
  return ParserFixture(options);
}

// --- The examples of RFC 5424, section 6.5 -------------------------------------------------------

TEST(SyslogParser, ReadsTheExamplesOfRfc5424) {
  const ParserFixture syslog("syslog");
  EXPECT_EQ(syslog
                .parse("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - "
                       "\xEF\xBB\xBF'su root' failed for lonvick on /dev/pts/8")
                .fields,
            (Fields{{"priority", "integer 34"},
                    {"facility", "text auth"},
                    {"severity", "text crit"},
                    {"severity_number", "integer 2"},
                    {"timestamp", "timestamp 2003-10-11T22:14:15.003Z"},
                    {"host", "text mymachine.example.com"},
                    {"app", "text su"},
                    {"pid", "null"},
                    {"msgid", "text ID47"},
                    {"message", "text 'su root' failed for lonvick on /dev/pts/8"},
                    {"data", "null"}}));
  EXPECT_EQ(syslog
                .parse("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - "
                       "%% It's time to make the do-nuts.")
                .fields,
            (Fields{{"priority", "integer 165"},
                    {"facility", "text local4"},
                    {"severity", "text notice"},
                    {"severity_number", "integer 5"},
                    {"timestamp", "timestamp 2003-08-24T12:14:15.000003Z"},
                    {"host", "text 192.0.2.1"},
                    {"app", "text myproc"},
                    {"pid", "text 8710"},
                    {"msgid", "null"},
                    {"message", "text %% It's time to make the do-nuts."},
                    {"data", "null"}}));
  const std::string_view structured =
      "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
      "[exampleSDID@32473 iut=\"3\" eventSource=\"Application\" eventID=\"1011\"] "
      "\xEF\xBB\xBF"
      "An application event log entry...";
  EXPECT_EQ(syslog.field(structured, "message"), "text An application event log entry...");
  EXPECT_EQ(syslog.field(structured, "data"),
            "json {\"exampleSDID@32473\":{\"iut\":\"3\",\"eventSource\":\"Application\","
            "\"eventID\":\"1011\"}}");
  const std::string_view data_only =
      "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
      "[exampleSDID@32473 iut=\"3\" eventSource=\"Application\" eventID=\"1011\"]"
      "[examplePriority@32473 class=\"high\"]";
  EXPECT_EQ(syslog.field(data_only, "message"), "null");
  EXPECT_EQ(syslog.field(data_only, "data.examplePriority@32473.class"), "text high");
  EXPECT_EQ(syslog.field(data_only, "data.exampleSDID@32473.iut"), "text 3");
}

TEST(SyslogParser, ReadsTheTimestampsOfRfc5424) {
  const ParserFixture syslog("syslog");
  const auto time = [&](const std::string& text) {
    return syslog.field("<1>1 " + text + " h a p m - x", "timestamp");
  };
  EXPECT_EQ(time("1985-04-12T23:20:50.52Z"), "timestamp 1985-04-12T23:20:50.520Z");
  EXPECT_EQ(time("1985-04-12T19:20:50.52-04:00"), "timestamp 1985-04-12T23:20:50.520Z");
  EXPECT_EQ(time("2003-08-24T05:14:15.000003-07:00"), "timestamp 2003-08-24T12:14:15.000003Z");
  EXPECT_EQ(time("-"), "null");
  for (const char* bad : {"2003-08-24", "2003-13-24T05:14:15Z", "2003-02-29T05:14:15Z",
                          "2003-08-24T25:14:15Z", "2003-08-24T05:14:15", "now", ""}) {
    EXPECT_EQ(time(bad), "bad: a timestamp that is none") << bad;
  }
}

TEST(SyslogParser, TakesStructuredDataApart) {
  const ParserFixture syslog("syslog");
  const auto message = [&](const std::string& data) {
    return syslog.field("<1>1 - - - - - " + data, "message");
  };
  // RFC 5424, section 6.3.5.
  EXPECT_EQ(message(R"([exampleSDID@32473 iut="3"] [examplePriority@32473 class="high"])"),
            R"(text [examplePriority@32473 class="high"])");
  EXPECT_EQ(message(R"([ exampleSDID@32473 iut="3"][examplePriority@32473 class="high"])"),
            "bad: structured data without a name");
  EXPECT_EQ(message(R"([exampleSDID@32473 iut="3"][examplePriority@32473 class="high"] )"),
            "text ");
  EXPECT_EQ(message("[sigSig]"), "null");
  EXPECT_EQ(message("[a b=\"c\"]x"), "bad: no blank behind the structured data");
  EXPECT_EQ(message("[a b=\"c\" ]"), "bad: a parameter of structured data without a value");
  EXPECT_EQ(message("[a b=c]"), "bad: a parameter of structured data without a value");
  EXPECT_EQ(message("[a b]"), "bad: a parameter of structured data without a value");
  EXPECT_EQ(message("[a b=\"c]"), "bad: an unclosed quote");
  EXPECT_EQ(message("[a b=\"c\\\"]"), "bad: an unclosed quote");
  EXPECT_EQ(message("[a b=\"c\""), "bad: structured data without an end");
  EXPECT_EQ(message("x"), "bad: no structured data");
  EXPECT_EQ(message(""), "bad: no structured data");
}

TEST(SyslogParser, UndoesTheEscapesOfStructuredData) {
  const ParserFixture syslog("syslog");
  const auto value = [&](const std::string& written) {
    return syslog.field("<1>1 - - - - - [a b=\"" + written + "\"]", "data.a.b");
  };
  EXPECT_EQ(value(R"(a \"quote\")"), R"(text a "quote")");
  EXPECT_EQ(value(R"(a bracket\])"), "text a bracket]");
  EXPECT_EQ(value(R"(C:\\temp)"), R"(text C:\temp)");
  // Section 6.3.3: a backslash in front of anything else is a regular backslash.
  EXPECT_EQ(value(R"(C:\temp)"), R"(text C:\temp)");
  EXPECT_EQ(value(R"(\n)"), R"(text \n)");
  EXPECT_EQ(value("a ] within"), "text a ] within");
  EXPECT_EQ(value(""), "text ");
  EXPECT_EQ(syslog.field(R"(<1>1 - - - - - [a b="x\"y" b="\]"])", "data"),
            R"(json {"a":{"b":"]"}})");
  EXPECT_EQ(syslog.field("<1>1 - - - - - [a b=\"\x01\xff\"]", "data"),
            "json {\"a\":{\"b\":\"\\u0001\xEF\xBF\xBD\"}}");
}

TEST(SyslogParser, RefusesMoreStructuredDataThanItsBound) {
  const ParserFixture syslog("syslog");
  std::string many = "<1>1 - - - - - [a";
  for (int i = 0; i < 600; ++i) many += " b" + std::to_string(i) + "=\"c\"";
  many += "]";
  EXPECT_EQ(syslog.field(many, "data"), "bad: too much structured data");
}

TEST(SyslogParser, RefusesBrokenHeaders) {
  const ParserFixture syslog("syslog");
  EXPECT_EQ(syslog.problem("<192>1 - - - - - -"), "a priority that is none");
  EXPECT_EQ(syslog.problem("<>1 - - - - - -"), "a priority that is none");
  EXPECT_EQ(syslog.problem("<1234>1 - - - - - -"), "a priority that is none");
  EXPECT_EQ(syslog.problem("<-1>1 - - - - - -"), "a priority that is none");
  EXPECT_EQ(syslog.problem("<1"), "a priority that is none");
  EXPECT_EQ(syslog.problem("<1>2 - - - - - -"), "an unknown version of syslog");
  EXPECT_EQ(syslog.problem("<1>1 - - - -"), "fewer fields than a syslog header has");
  EXPECT_EQ(syslog.problem("<1>1 - - - - -"), "no structured data");
  EXPECT_EQ(syslog.problem("<1>1 -  - - - -"), "an empty field in a syslog header");
  EXPECT_EQ(syslog.problem(""), "no timestamp");
  EXPECT_EQ(syslog.problem("<1>"), "no timestamp");
}

// --- The examples of RFC 3164, section 5.4 -------------------------------------------------------

TEST(SyslogParser, ReadsTheExamplesOfRfc3164) {
  const ParserFixture syslog = syslog_in(1999);
  EXPECT_EQ(
      syslog.parse("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8")
          .fields,
      (Fields{{"priority", "integer 34"},
              {"facility", "text auth"},
              {"severity", "text crit"},
              {"severity_number", "integer 2"},
              {"timestamp", "timestamp 1999-10-11T22:14:15Z"},
              {"host", "text mymachine"},
              {"app", "text su"},
              {"pid", "null"},
              {"msgid", "null"},
              {"message", "text 'su root' failed for lonvick on /dev/pts/8"},
              {"data", "null"}}));
  EXPECT_EQ(syslog.problem("Use the BFG!"), "no timestamp");
  // "It could be considered well-formed": what follows the time is the host.
  const std::string_view donuts =
      "<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time to make the do-nuts.";
  EXPECT_EQ(syslog.field(donuts, "timestamp"), "timestamp 1999-08-24T05:34:00Z");
  EXPECT_EQ(syslog.field(donuts, "host"), "text CST");
  EXPECT_EQ(syslog.field(donuts, "message"),
            "text 1987 mymachine myproc[10]: %% It's time to make the do-nuts.");
  EXPECT_EQ(syslog.problem("<0>1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 "
                           "sched[0]: That's All Folks!"),
            "a timestamp that is none");
}

TEST(SyslogParser, FindsTheProgramOfOldLines) {
  const ParserFixture syslog = syslog_in(2005);
  const auto fields = [&](const std::string& behind_host) {
    const auto all = syslog.parse("Jun  9 06:06:20 combo " + behind_host).fields;
    return all.at("app") + ", " + all.at("pid") + ", " + all.at("message");
  };
  EXPECT_EQ(fields("sshd[19939]: check pass"), "text sshd, text 19939, text check pass");
  EXPECT_EQ(fields("sshd(pam_unix)[19939]: check"), "text sshd(pam_unix), text 19939, text check");
  EXPECT_EQ(fields("kernel: [12.5] usb: x"), "text kernel, null, text [12.5] usb: x");
  EXPECT_EQ(fields("last message repeated 2 times"),
            "null, null, text last message repeated 2 times");
  EXPECT_EQ(fields(" -- root[1]: LOGIN"), "null, null, text  -- root[1]: LOGIN");
  EXPECT_EQ(fields("a[1 b: c"), "null, null, text a[1 b: c");
  EXPECT_EQ(fields("a[]: c"), "text a, null, text c");
  EXPECT_EQ(fields("a:"), "text a, null, text ");
  EXPECT_EQ(fields(""), "null, null, text ");
}

TEST(SyslogParser, GivesOldTimesTheLatestYearThatIsNotAhead) {
  const std::string line = "Dec 31 23:59:59 h m";
  EXPECT_EQ(syslog_read_at("2026-01-01T00:00:10Z").field(line, "timestamp"),
            "timestamp 2025-12-31T23:59:59Z");
  EXPECT_EQ(syslog_read_at("2025-12-31T12:00:00Z").field(line, "timestamp"),
            "timestamp 2025-12-31T23:59:59Z");
  EXPECT_EQ(syslog_read_at("2025-12-30T00:00:00Z").field(line, "timestamp"),
            "timestamp 2024-12-31T23:59:59Z");
  EXPECT_EQ(syslog_read_at("2025-12-31T23:30:00Z").field("Jan  1 00:10:00 h m", "timestamp"),
            "timestamp 2026-01-01T00:10:00Z");
  EXPECT_EQ(syslog_read_at("2027-06-01T00:00:00Z").field("Feb 29 10:00:00 h m", "timestamp"),
            "timestamp 2024-02-29T10:00:00Z");
  EXPECT_EQ(syslog_in(2023).field("Feb 29 10:00:00 h m", "timestamp"),
            "bad: a timestamp that is none");
}

TEST(SyslogParser, ReadsTheVariantsOfOldTimes) {
  const ParserFixture syslog = syslog_in(2005, "-05:00");
  const auto time = [&](const std::string& text) {
    return syslog.field(text + " h m", "timestamp");
  };
  EXPECT_EQ(time("Jan  2 03:04:05"), "timestamp 2005-01-02T08:04:05Z");
  EXPECT_EQ(time("Jan 2 03:04:05"), "timestamp 2005-01-02T08:04:05Z");
  EXPECT_EQ(time("Jan  2 03:04:05.25"), "timestamp 2005-01-02T08:04:05.250Z");
  EXPECT_EQ(time("Jan  2 1999 03:04:05"), "timestamp 1999-01-02T08:04:05Z");
  EXPECT_EQ(time("2005-01-02T03:04:05+02:00"), "timestamp 2005-01-02T01:04:05Z");
  EXPECT_EQ(time("Dec 31 23:59:60"), "timestamp 2006-01-01T04:59:59Z");
  for (const char* bad : {"Jan 32 03:04:05", "Jan  0 03:04:05", "Jan  2 24:04:05"}) {
    EXPECT_EQ(time(bad), "bad: a timestamp that is none") << bad;
  }
  for (const char* bad : {"Foo  2 03:04:05", "Jan  2 3:04:05", "Jan  2", "Jan"}) {
    EXPECT_EQ(time(bad), "bad: no timestamp") << bad;
  }
}

}  // namespace
}  // namespace sluice
