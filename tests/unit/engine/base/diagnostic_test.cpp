#include "engine/base/diagnostic.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

TEST(Diagnostics, SortsByPlaceAndDropsRepeats) {
  Diagnostics diagnostics;
  EXPECT_TRUE(diagnostics.empty());
  diagnostics.add("c", {2, 5, 1}, "third");
  diagnostics.add("b", {2, 1, 1}, "second");
  diagnostics.add("c", {2, 5, 1}, "fourth");
  diagnostics.add("c", {2, 5, 1}, "third");
  diagnostics.add("a", {}, "first");
  diagnostics.sort();
  std::vector<std::string> messages;
  for (const Diagnostic& d : diagnostics.all()) messages.push_back(d.message);
  EXPECT_EQ(messages, (std::vector<std::string>{"first", "second", "third", "fourth"}));
}

TEST(Render, PointsAtTheMistake) {
  std::string source;
  for (int line = 1; line < 14; ++line) source += "# line\n";
  source += "        pth: out.jsonl\n";
  const Diagnostic diagnostic{
      "option.unknown", "unknown option 'pth' for sink 'file'", "did you mean 'path'?", {14, 9, 3}};
  EXPECT_EQ(render(diagnostic, "pipelines.yaml", source),
            "error: unknown option 'pth' for sink 'file'\n"
            "  --> pipelines.yaml:14:9\n"
            "   |\n"
            "14 |         pth: out.jsonl\n"
            "   |         ^^^ did you mean 'path'?\n");
}

TEST(Render, WithoutAPlaceHasNoExcerpt) {
  EXPECT_EQ(render({"c", "bad --set", "", {}}, "f", "a: 1\n"), "error: bad --set\n");
  EXPECT_EQ(render({"c", "bad --set", "write it so", {}}, "f", "a: 1\n"),
            "error: bad --set\n  hint: write it so\n");
}

TEST(Render, WithoutAHintEndsWithTheCarets) {
  EXPECT_EQ(render({"c", "m", "", {1, 4, 2}}, "f", "a: 12"),
            "error: m\n --> f:1:4\n  |\n1 | a: 12\n  |    ^^\n");
}

TEST(Render, FindsLinesAsYamlEndsThem) {
  const std::string source =
      "\xEF\xBB\xBF"
      "a\r\nb\rc\nd";
  const auto quoted = [&](std::uint32_t line) {
    const std::string text = render({"c", "m", "", {line, 1, 1}}, "f", source);
    return text.substr(text.find(" |\n") + 3, 5);
  };
  EXPECT_EQ(quoted(1), "1 | a");
  EXPECT_EQ(quoted(2), "2 | b");
  EXPECT_EQ(quoted(3), "3 | c");
  EXPECT_EQ(quoted(4), "4 | d");
  EXPECT_EQ(quoted(5), "5 | \n") << "past the end";
}

TEST(Render, KeepsCaretsInPlaceBehindTabsUnicodeAndControls) {
  EXPECT_EQ(render({"c", "m", "", {1, 2, 1}}, "f", "\tx"),
            "error: m\n --> f:1:2\n  |\n1 |  x\n  |  ^\n");
  EXPECT_EQ(render({"c", "m", "", {1, 4, 2}}, "f", "üß xy"),
            "error: m\n --> f:1:4\n  |\n1 | üß xy\n  |    ^^\n");
  EXPECT_EQ(render({"c", "m", "", {1, 2, 1}}, "f", "\x1Bx"),
            "error: m\n --> f:1:2\n  |\n1 | \\x1bx\n  |     ^\n");
}

TEST(Render, EscapesEverythingButBackslashes) {
  const std::string text = render({"c", "bad '\x1B'", "h\n", {1, 1, 1}}, "f\n", "\\d\x07");
  EXPECT_EQ(text, "error: bad '\\x1b'\n --> f\\n:1:1\n  |\n1 | \\d\\x07\n  | ^ h\\n\n");
}

TEST(Render, ClipsTheMarkToItsLine) {
  EXPECT_EQ(render({"c", "m", "", {1, 2, 4'000'000'000}}, "f", "abc"),
            "error: m\n --> f:1:2\n  |\n1 | abc\n  |  ^^\n");
  EXPECT_EQ(render({"c", "m", "", {1, 4, 1}}, "f", "abc"),
            "error: m\n --> f:1:4\n  |\n1 | abc\n  |    ^\n")
      << "just behind the end";
}

TEST(Render, ShowsAWindowOfALongLine) {
  const std::string line = std::string(500, 'a') + "XYZ" + std::string(500, 'b');
  const std::string text = render({"c", "m", "", {1, 501, 3}}, "f", line);
  EXPECT_NE(text.find("1 | ..." + std::string(60, 'a') + "XYZ" + std::string(100, 'b') + "...\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  | " + std::string(63, ' ') + "^^^\n"), std::string::npos) << text;
}

TEST(Nearest, FindsSlipsOfTheKeyboard) {
  const std::vector<std::string> words{"path", "paths", "format", "encoding", "on_error"};
  EXPECT_EQ(nearest("pth", words), "path") << "one letter left out";
  EXPECT_EQ(nearest("apth", words), "path") << "two letters swapped";
  EXPECT_EQ(nearest("fromat", words), "format");
  EXPECT_EQ(nearest("encodign", words), "encoding");
  EXPECT_EQ(nearest("onerror", words), "on_error");
  EXPECT_EQ(nearest("paths", words), "paths");
}

TEST(Nearest, IsSilentAboutOtherWords) {
  const std::vector<std::string> words{"path", "format", "x"};
  EXPECT_EQ(nearest("where", words), "");
  EXPECT_EQ(nearest("y", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'a'), {std::string(1'000'001, 'a')}), "");
  EXPECT_EQ(nearest("path", {}), "");
}

TEST(DidYouMean, AsksOnlyWhenThereIsSomethingToAsk) {
  EXPECT_EQ(did_you_mean("pth", {"path"}), "did you mean 'path'?");
  EXPECT_EQ(did_you_mean("zzz", {"path"}), "");
}

}  // namespace
}  // namespace sluice
