#include "stages/support/piece_cutter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using ::testing::ElementsAre;

/// The pieces of `text`, which comes in portions of `portion` bytes.
std::vector<std::string> pieces_of(std::string_view text, std::size_t portion, PieceCutter cutter) {
  std::vector<std::string> pieces;
  std::string piece;
  const auto end_piece = [&] {
    EXPECT_EQ(cutter.size(), piece.size());
    cutter.end_piece(piece.size());
    pieces.push_back(std::exchange(piece, {}));
  };
  for (std::size_t at = 0; at < text.size(); at += portion) {
    std::string_view left = text.substr(at, portion);
    while (!left.empty()) {
      const std::size_t count = cutter.take(left);
      piece += left.substr(0, count);
      left.remove_prefix(count);
      if (cutter.is_full()) end_piece();
    }
  }
  if (!piece.empty()) end_piece();
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
  EXPECT_EQ(lines.whole(), 0U);
  EXPECT_EQ(lines.take(" yet\nand m"), 10U);
  EXPECT_EQ(lines.take("ore"), 3U);
  EXPECT_EQ(lines.whole(), 11U);
  lines.end_piece(lines.whole());
  EXPECT_EQ(lines.size(), 8U);
  EXPECT_EQ(lines.whole(), 0U);

  PieceCutter bytes(100, PieceEnd::byte);
  bytes.take("no end");
  EXPECT_EQ(bytes.whole(), 6U);
}

}  // namespace
}  // namespace sluice
