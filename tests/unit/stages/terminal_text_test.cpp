#include "stages/support/terminal_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

std::string shown(std::string_view text) {
  std::string out;
  append_for_terminal(text, out);
  return out;
}

TEST(TerminalTextTest, KeepsTextAndLineEnds) {
  EXPECT_EQ(shown("a\tb \\ \xc3\xa4\r\n"), "a\tb \\ \xc3\xa4\r\n");
  EXPECT_EQ(shown("\xff\xc2"), "\xff\xc2");
}

TEST(TerminalTextTest, DisarmsControls) {
  EXPECT_EQ(shown("\x1b[2Jx"), "\\x1b[2Jx");
  EXPECT_EQ(shown(std::string_view("\0\a\x7f", 3)), "\\x00\\x07\\x7f");
  EXPECT_EQ(shown("\xc2\x9b"
                  "31m"),
            "\\xc2\\x9b31m");
  EXPECT_EQ(shown("\xc2\xa0"), "\xc2\xa0");
}

TEST(TerminalTextTest, DisarmsCarriageReturnsWithinALine) {
  EXPECT_EQ(shown("good\rEVIL\r\n\r"), "good\\x0dEVIL\r\n\\x0d");
}

}  // namespace
}  // namespace sluice
