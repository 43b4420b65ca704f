#include "config/misreading.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/diagnostic_text.h"

namespace sluice {
namespace {

/// "COLUMN+LENGTH SIGN" for each; SIGN is what cut it, with a `!` if that is certain.
std::string found(const std::string& text) {
  std::string all;
  for (const Misreading& misreading : find_misreadings(text)) {
    all += std::to_string(misreading.mark.column) + '+' + std::to_string(misreading.mark.length);
    all += misreading.hint.substr(0, 1) == "'" ? " #" : " ,";
    if (misreading.certain) all += '!';
    if (misreading.is_option) all += " option";
    all += '\n';
  }
  return all;
}

TEST(Misreading, IsACommentBehindAnExpression) {
  EXPECT_EQ(found("where: a == \"x # y\"\n"), "8+7 #!\n");
  EXPECT_EQ(found("where: a == 1 && # b\n"), "8+9 #!\n");
  EXPECT_EQ(found("where: a == 1 # the first\n"), "8+6 #\n");
  EXPECT_EQ(found("- a( # b\n"), "3+2 #!\n");
}

TEST(Misreading, IsACommaInBrackets) {
  EXPECT_EQ(found("{where: f(a, b) > 1}\n"), "9+3 ,!\n14+6 ,! option\n");
  EXPECT_EQ(found("{where: a == 1, b}\n"), "9+6 ,!\n17+1 ,! option\n");
  EXPECT_EQ(found("[f(a, b), c]\n"), "2+3 ,!\n");
  EXPECT_EQ(found("{where: f(a, not: true}\n"), "9+3 ,!\n");
}

TEST(Misreading, IsNotWhatIsWhole) {
  EXPECT_EQ(found("level: 99 # much\n"), "");
  EXPECT_EQ(found("where: 'a # b' # c\n"), "");
  EXPECT_EQ(found("where: >-\n  a # b\n"), "");
  EXPECT_EQ(found("{where: a == 1, not: true}\n"), "");
  EXPECT_EQ(found("[a, b, c d]\n"), "");
  EXPECT_EQ(found("a: b, c\n"), "");
  EXPECT_EQ(found("[logs/*, a=, b+]\n"), "");
  EXPECT_EQ(found("path: logs/* # all of them\n"), "");
  EXPECT_EQ(found("{a: , b: 1}\n"), "");
  EXPECT_EQ(found("a: [\n"), "");
}

std::string explained(const std::string& text, Mark mark, std::string hint = {}) {
  Diagnostics diagnostics;
  diagnostics.add("code", mark, "message", std::move(hint));
  explain_misreadings(text, diagnostics);
  return diagnostics.all().front().hint;
}

TEST(Misreading, ExplainsWhatIsWrongAtItsPlace) {
  const std::string text = "where: a == \"x # y\"\n";
  const std::string hint =
      "' #' begins a comment and ends the value: put the value in quotes, or below '>-'";
  EXPECT_EQ(explained(text, {1, 8, 7}), hint);
  EXPECT_EQ(explained(text, {1, 13, 1}), hint);
  EXPECT_EQ(explained(text, {1, 1, 1}), hint) << "at the map";
  EXPECT_EQ(explained(text, {1, 8, 7}, "close it"), "close it; " + hint);
  EXPECT_EQ(explained(text, {2, 8, 7}), "");
  EXPECT_EQ(explained("where: a == 1 # b\n", {1, 8, 7}, "was there"), "was there");
  EXPECT_EQ(explained("where: a == 1 # b\n", {1, 1, 5}), "");
}

}  // namespace
}  // namespace sluice
