#include "engine/base/escape.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/base/utf8.h"

namespace sluice {
namespace {

TEST(Escape, LeavesPrintableTextAlone) {
  EXPECT_EQ(escape(""), "");
  EXPECT_EQ(escape("GET /index.html 200 \"x\""), "GET /index.html 200 \"x\"");
  EXPECT_EQ(escape("größe 日本 \xF0\x9F\x9A\xB0"), "größe 日本 \xF0\x9F\x9A\xB0");
}

TEST(Escape, WritesControlsWithBackslashes) {
  EXPECT_EQ(escape("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(escape(std::string_view("\0\x1B[31m\x7F", 7)), "\\x00\\x1b[31m\\x7f");
  EXPECT_EQ(escape("C:\\temp"), "C:\\\\temp");
  EXPECT_EQ(escape("\xC2\x9B"), "\\xc2\\x9b") << "C1 controls";
  EXPECT_EQ(escape("\xC2\xA0"), "\xC2\xA0") << "the first code point after them";
}

TEST(Escape, WritesInvalidUtf8ByteByByte) {
  EXPECT_EQ(escape("a\xFFz"), "a\\xffz");
  EXPECT_EQ(escape("\xC3"), "\\xc3") << "cut off";
  EXPECT_EQ(escape("\xC0\xAF"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(escape("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(escape("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
}

TEST(Escape, CutsAtTheLimitButNotInsideACodePoint) {
  EXPECT_EQ(escape("abcdef", 6), "abcdef");
  EXPECT_EQ(escape("abcdef", 3), "abc...");
  EXPECT_EQ(escape("ab\xC3\xBC", 3), "ab...");
  EXPECT_EQ(escape("x", 0), "...");
  EXPECT_EQ(escape("", 0), "");
}

TEST(Utf8, LengthKnowsTheBordersOfEachForm) {
  EXPECT_EQ(utf8_length("\x7F"), 1U);
  EXPECT_EQ(utf8_length("\xC2\x80"), 2U);
  EXPECT_EQ(utf8_length("\xE0\xA0\x80"), 3U);
  EXPECT_EQ(utf8_length("\xED\x9F\xBF"), 3U);
  EXPECT_EQ(utf8_length("\xF0\x90\x80\x80"), 4U);
  EXPECT_EQ(utf8_length("\xF4\x8F\xBF\xBF"), 4U);
  for (const std::string_view bad :
       {"", "\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xC3\x41", "\xF0\x90\x80"}) {
    EXPECT_EQ(utf8_length(bad), 0U) << escape(bad);
  }
}

TEST(Utf8, CountCountsCodePointsAndStrayBytes) {
  EXPECT_EQ(utf8_count(""), 0U);
  EXPECT_EQ(utf8_count("aü日"), 3U);
  EXPECT_EQ(utf8_count("a\xFF\xC3"), 3U);
}

}  // namespace
}  // namespace sluice
