#include "stages/support/piece_cutter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

using ::testing::ElementsAre;

/// The pieces of `text`, which comes in portions of `portion` bytes.
std::vector<std::string> pieces_of(std::string_view text, std::size_t portion, PieceCutter cutter) {
  std::vector<std::string> pieces;
  const auto end_piece = [&] {
    pieces.push_back(cutter.collected());
    cutter.end_piece(pieces.back().size());
  };
  for (std::size_t at = 0; at < text.size(); at += portion) {
    std::string_view left = text.substr(at, portion);
    while (!left.empty()) {
      left.remove_prefix(cutter.take(left));
      if (cutter.is_full()) end_piece();
    }
  }
  if (!cutter.collected().empty()) end_piece();
  return pieces;
}

TEST(PieceCutter, CutsBehindTheLineThatReachesTheSize) {
  for (const std::size_t portion : {1U, 2U, 3U, 5U, 100U}) {
    EXPECT_THAT(pieces_of("a\nbb\nccc\n\ndd\nlast", portion, {4, PieceEnd::line}),
                ElementsAre("a\nbb\n", "ccc\n", "\ndd\n", "last"));
    EXPECT_THAT(pieces_of("a\nbb\n", portion, {1, PieceEnd::line}), ElementsAre("a\n", "bb\n"));
    EXPECT_THAT(pieces_of("a long line\nb\n", portion, {4, PieceEnd::line}),
                ElementsAre("a long line\n", "b\n"));
  }
}

TEST(PieceCutter, CutsBytesAtTheSize) {
  for (const std::size_t portion : {1U, 2U, 3U, 5U, 100U}) {
    EXPECT_THAT(pieces_of("a\nbb\nccc\n", portion, {4, PieceEnd::byte}),
                ElementsAre("a\nbb", "\nccc", "\n"));
    EXPECT_THAT(pieces_of("abcd", portion, {4, PieceEnd::byte}), ElementsAre("abcd"));
  }
}

TEST(PieceCutter, TellsWhatIsWholeBeforeItIsFull) {
  PieceCutter lines(100, PieceEnd::line);
  EXPECT_EQ(lines.take("no end"), 6U);
  EXPECT_EQ(lines.whole(), "");
  EXPECT_EQ(lines.take(" yet\nand m"), 10U);
  EXPECT_EQ(lines.take("ore"), 3U);
  EXPECT_EQ(lines.whole(), "no end yet\n");
  lines.end_piece(lines.whole().size());
  EXPECT_EQ(lines.collected(), "and more");
  EXPECT_EQ(lines.whole(), "");

  PieceCutter bytes(100, PieceEnd::byte);
  bytes.take("no end");
  EXPECT_EQ(bytes.whole(), "no end");
}

}  // namespace
}  // namespace sluice
