#include "stages/support/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> words(std::string_view text) {
  std::string why;
  const auto split = split_words(text, why);
  return split ? *split : std::vector<std::string>{"mistake: " + why};
}

TEST(SplitWords, BlanksStandBetweenWords) {
  EXPECT_THAT(words("cat"), ElementsAre("cat"));
  EXPECT_THAT(words("  sort \t-n\n-r "), ElementsAre("sort", "-n", "-r"));
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words(" \t\n"), IsEmpty());
}

TEST(SplitWords, QuotesKeepThemTogether) {
  EXPECT_THAT(words("awk '{ print $1 }'"), ElementsAre("awk", "{ print $1 }"));
  EXPECT_THAT(words("a\"b  c\"'d e'f"), ElementsAre("ab  cd ef"));
  EXPECT_THAT(words("x '' \"\""), ElementsAre("x", "", ""));
  EXPECT_THAT(words("'a\"b' \"a'b\""), ElementsAre("a\"b", "a'b"));
}

TEST(SplitWords, ABackslashTakesAMeaningAway) {
  EXPECT_THAT(words("a\\ b \\'c \\\\"), ElementsAre("a b", "'c", "\\"));
  EXPECT_THAT(words(R"("a\"b\\c\n")"), ElementsAre(R"(a"b\c\n)"));
  EXPECT_THAT(words(R"('a\n\')"), ElementsAre(R"(a\n\)"));
  EXPECT_THAT(words("a\\"), ElementsAre("a\\"));
}

TEST(SplitWords, NothingElseMeansAnything) {
  EXPECT_THAT(words("a | b > $C * ~ ; & #"),
              ElementsAre("a", "|", "b", ">", "$C", "*", "~", ";", "&", "#"));
}

TEST(SplitWords, AQuoteNeedsItsEnd) {
  EXPECT_THAT(words("a 'b"), ElementsAre("mistake: a ' has no end"));
  EXPECT_THAT(words("a \"b\\\""), ElementsAre("mistake: a \" has no end"));
}

}  // namespace
}  // namespace sluice
