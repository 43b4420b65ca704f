#include "stages/support/line_matcher.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "stages/support/regex_plan.h"
#include "tests/support/test_effort.h"

namespace sluice {
namespace {

LineMatcher matcher_of(const MatchRule& rule) {
  auto made = LineMatcher::make(rule);
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return std::move(made).value();
}

MatchRule regex_rule(std::string pattern) {
  MatchRule rule;
  rule.regex = std::move(pattern);
  return rule;
}

struct Kept {
  std::uint64_t count = 0;
  std::vector<Slice> slices;
};

struct Line {
  std::size_t begin;
  std::size_t end;
  std::string_view content;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    const std::size_t end = newline == npos ? text.size() : newline + 1;
    std::string_view content = text.substr(at, end - at);
    if (newline != npos) {
      content.remove_suffix(1);
      if (!content.empty() && content.back() == '\r') content.remove_suffix(1);
    }
    lines.push_back({at, end, content});
    at = end;
  }
  return lines;
}

template <class Matches>
Kept keep_line_by_line(std::string_view text, std::uint32_t base, Matches matches) {
  Kept kept;
  std::size_t previous_end = npos;
  for (const Line& line : lines_of(text)) {
    if (!matches(line.content)) continue;
    const auto length = static_cast<std::uint32_t>(line.end - line.begin);
    if (line.begin == previous_end) {
      kept.slices.back().length += length;
    } else {
      kept.slices.push_back({base + static_cast<std::uint32_t>(line.begin), length});
    }
    previous_end = line.end;
    ++kept.count;
  }
  return kept;
}

// What the rule says, by the plainest means.
bool plainly_matches(const MatchRule& rule, const re2::RE2* regex, std::string_view line) {
  bool holds = true;
  for (const auto& literal : rule.contains) holds &= line.find(literal) != npos;
  bool any = rule.any_of.empty();
  for (const auto& literal : rule.any_of) any |= line.find(literal) != npos;
  holds &= any;
  if (regex != nullptr) {
    holds &= re2::RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *regex);
  }
  return holds != rule.invert;
}

void expect_agrees(const MatchRule& rule, const std::vector<std::string>& texts) {
  const LineMatcher matcher = matcher_of(rule);
  std::unique_ptr<re2::RE2> regex;
  if (rule.regex) {
    re2::RE2::Options options;
    if (unit_of(*rule.regex) == RegexUnit::byte) {
      options.set_encoding(re2::RE2::Options::EncodingLatin1);
    }
    regex = std::make_unique<re2::RE2>(*rule.regex, options);
  }
  for (const std::string& text : texts) {
    const auto expected = keep_line_by_line(text, 1000, [&](std::string_view line) {
      const bool matches = plainly_matches(rule, regex.get(), line);
      EXPECT_EQ(matcher.match_line(line), matches)
          << rule.regex.value_or("") << " on " << testing::PrintToString(std::string(line));
      return matches;
    });
    for (const bool counted : {false, true}) {
      Kept kept{0, {{1, 2}}};
      kept.count =
          matcher.match_chunk(text, 1000, counted ? lines_of(text).size() : 0, kept.slices);
      ASSERT_EQ(kept.slices.front(), (Slice{1, 2}));
      kept.slices.erase(kept.slices.begin());
      ASSERT_EQ(kept.count, expected.count)
          << rule.regex.value_or("") << " on " << testing::PrintToString(text);
      ASSERT_EQ(kept.slices, expected.slices)
          << rule.regex.value_or("") << " on " << testing::PrintToString(text);
    }
  }
}

std::string random_text(std::mt19937& random, std::size_t piece_count) {
  static const std::vector<std::string> pieces = {
      "a",   "b",      "ab",   "foo",       "bar",  "x.y",
      " 50", "3 ",     "0",    "\r",        "\r\n", "\n",
      "\n",  "\r\r\n", "é",    "ß",         " ",    "\xff\xfe",
      "[",   "GET",    "POST", " /api/v",   "12",   "/orders",
      "-",   "_",      "A",    "{\"k\":1}", "$",    std::string(1, '\0'),
  };
  std::string text;
  for (; piece_count > 0; --piece_count) text += pieces[random() % pieces.size()];
  return text;
}

std::vector<std::string> random_texts(unsigned seed, int count) {
  std::mt19937 random(seed);
  std::vector<std::string> texts = {"",      "\n",      "\r\n", "\r",   "a",
                                    "foo\r", "foo\r\n", "\n\n", "foo\n"};
  for (int i = 0; i < count; ++i) texts.push_back(random_text(random, random() % 60));
  return texts;
}

TEST(LineMatcher, EmptyRuleAndEmptyLiteralsKeepEverything) {
  const auto texts = random_texts(1, 20);
  MatchRule rule;
  expect_agrees(rule, texts);
  rule.contains = {""};
  rule.any_of = {"", "zzz"};
  rule.regex = "";
  expect_agrees(rule, texts);
  rule.invert = true;
  expect_agrees(rule, texts);
}

TEST(LineMatcher, MergesNeighboursAndCountsLines) {
  const LineMatcher matcher = matcher_of({.contains = {"k"}, .any_of = {}, .regex = {}});
  std::vector<Slice> kept;
  EXPECT_EQ(matcher.match_chunk("k1\nk2\nno\nkkk", 10, 4, kept), 3U);
  EXPECT_EQ(kept, (std::vector<Slice>{{10, 6}, {19, 3}}));
}

TEST(LineMatcher, LiteralsNeverReachTheLineEnd) {
  const std::vector<std::string> texts = {"foo\r\n", "foo\r\r\n", "foo\r", "a\nfoo\r\nb",
                                          "foo\nbar"};
  for (const char* literal : {"foo\r", "\r", "o\nb", "foo"}) {
    for (const bool invert : {false, true}) {
      expect_agrees({{literal}, {}, {}, invert}, texts);
      expect_agrees({{}, {literal, "zz"}, {}, invert}, texts);
      expect_agrees({{}, {literal, "o\n", "b"}, {}, invert}, texts);
    }
  }
}

TEST(LineMatcher, RandomRulesOfLiteralsAgreeWithThePlainDefinition) {
  const auto texts = random_texts(2, 60);
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    MatchRule rule;
    for (auto n = random() % 3; n > 0; --n) {
      rule.contains.push_back(random_text(random, 1 + random() % 2));
    }
    for (auto n = random() % (round % 10 == 0 ? 90 : 5); n > 0; --n) {
      rule.any_of.push_back(random_text(random, 1 + random() % 3));
    }
    if (round % 3 == 0) rule.regex = "[0-9]|foo";
    rule.invert = round % 2 == 0;
    expect_agrees(rule, texts);
  }
}

TEST(LineMatcher, RegexesAgreeWithRe2OnEveryLine) {
  const auto texts = random_texts(4, 150);
  const std::vector<std::string> patterns = {
      "foo",
      "x.y",
      "x\\.y",
      " 50[0-9] ",
      "[0-9]",
      "a|b",
      "foo|bar|GET",
      "foo|",
      "(foo|bar)0",
      "(GET|POST) /api/v[0-9]+/orders",
      "^foo",
      "foo$",
      "^foo$",
      "^$",
      "$",
      "^",
      "^\\s*$",
      "\\Afoo",
      "foo\\z",
      "\\r$",
      "\\r",
      "foo\\r",
      ".",
      "..",
      "a.b",
      "^.*$",
      "^..$",
      "a\\nb",
      "\\n",
      "[^a]b",
      "b[^a]",
      "[^a]$",
      "\\bfoo\\b",
      "\\Bo",
      "o\\B",
      "\\D\\d",
      "\\W",
      "\\s",
      "\\S+$",
      "(?i)FOO",
      "(?i)get.*orders",
      "(?m)^foo$",
      "(?-m)^foo$",
      "(?s)a.b",
      "(?s).*",
      "(?m:foo$)",
      "((?i)get) /",
      "a*",
      "ab*",
      "ab?c?",
      "ab+",
      "a{2}",
      "a{2}b",
      "a{1,3}b",
      "a{0}b",
      "[ab]{3}",
      "a{x",
      "{\"k\":1}",
      "a{01}",
      "]",
      "}",
      "\\[",
      "[]a]",
      "[^]a]",
      "[[]",
      "[a\\]]",
      "[[:alpha:]]0",
      "[[:^digit:]]3",
      "[a-]",
      "[\\d.]y",
      "[\\w]+ ",
      "\\x41",
      "\\x{e9}",
      "\\xff",
      "é",
      "éß",
      "é+",
      "foo.é",
      "[é]",
      "[^é]a",
      "\\pL0",
      "\\PL3",
      "\\p{Lu}",
      "\\Q[\\E",
      "\\C",
      "a\\C",
      "(?:foo)+bar",
      "foo(?:bar)?12",
      "(a|b$)",
      "(^a|b)",
      "a$|^b",
      "$^",
      "^^foo$$",
      "(foo$)+",
      "\\$",
      "[$^]",
      "\\^",
      "foo(\\z|0)",
      "f[\\D]o",
      "[^\\W]3",
      "a\\x00b",
      "[\\x00-\\x1f]",
      "\\0",
      "\\t",
      " +5",
      "50(3|0) ",
      "(?P<n>foo)$",
      "(?U)a+b",
      "[\\r0]$",
      "3\\s",
      "3[^x]",
      "o$\\r?",
  };
  for (const std::string& pattern : patterns) {
    if (!re2::RE2(pattern, re2::RE2::Quiet).ok()) continue;
    for (const bool invert : {false, true}) {
      MatchRule rule = regex_rule(pattern);
      rule.invert = invert;
      expect_agrees(rule, texts);
      rule.contains = {"o"};
      expect_agrees(rule, texts);
    }
  }
}

TEST(LineMatcher, RandomRegexesAgreeWithRe2OnEveryLine) {
  static const std::vector<std::string> tokens = {
      "a",     "b",    "foo", ".",    "\\.", "[ab]",  "[^a]", "\\d",  "\\w",   "\\s", "\\S", "\\r",
      "^",     "$",    "|",   "(",    ")",   "(?:",   "(?i:", "(?i)", "*",     "+",   "?",   "{2}",
      "{1,2}", "{0}",  "\\b", "\\B",  "\\A", "\\z",   "é",    " 50",  "[0-9]", "{",   "}",   "]",
      "[]-]",  "\\Q.", "\\n", "\\pL", "x{",  "(?-s)", "\\D",  "-",    "[\\]",
  };
  const auto texts = random_texts(5, 25);
  std::mt19937 random(6);
  int tested = 0;
  for (int round = 0; round < rounds(20'000) && tested < rounds(4000); ++round) {
    std::string pattern;
    for (auto n = 1 + random() % 8; n > 0; --n) pattern += tokens[random() % tokens.size()];
    if (!re2::RE2(pattern, re2::RE2::Quiet).ok()) continue;
    ++tested;
    MatchRule rule = regex_rule(pattern);
    rule.invert = tested % 4 == 0;
    expect_agrees(rule, texts);
  }
  EXPECT_GT(tested, rounds(2000));
}

TEST(LineMatcher, RefusesBadRegexes) {
  const auto unclosed = LineMatcher::make(regex_rule("(abc"));
  ASSERT_FALSE(unclosed);
  EXPECT_EQ(unclosed.error().code, ErrorCode::bad_config);
  EXPECT_NE(unclosed.error().message.find("missing )"), std::string::npos);
  EXPECT_FALSE(LineMatcher::make(regex_rule("((((\\pL{100}){10}){10}){10})")));
  EXPECT_FALSE(LineMatcher::make(regex_rule("\xff")));
}

TEST(RegexPlan, ReadsSequencesAlternativesAndFactors) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(plan_regex(" 50[0-9] ").sequence.size(), 5U);
  EXPECT_EQ(plan_regex("[0-9]{3}").sequence.size(), 3U);
  EXPECT_EQ(plan_regex("GET|POST|\\[x").alternatives, (Strings{"GET", "POST", "[x"}));
  EXPECT_EQ(plan_regex("(GET|POST) /api/v[0-9]+/orders").factors, (Strings{" /api/v", "/orders"}));
  EXPECT_EQ(plan_regex("abc?d").factors, (Strings{"ab", "d"}));
  EXPECT_EQ(plan_regex("größe+").factors, (Strings{"größ"}));
  for (const char* pattern : {"(?i)foo", "foo|b.r|", "a*", "\\Qfoo", "(foo)", "[ab]*"}) {
    const RegexPlan plan = plan_regex(pattern);
    EXPECT_TRUE(plan.sequence.empty() && plan.alternatives.empty() && plan.factors.empty())
        << pattern;
  }
  EXPECT_EQ(plan_regex("\\Afoo[$\\]]$").chunk_pattern, "(?m)^foo[$\\]](?:\\r?$)");
  EXPECT_FALSE(plan_regex("(?-m)^foo").chunk_pattern);
}

}  // namespace
}  // namespace sluice
