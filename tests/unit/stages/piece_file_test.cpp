#include "stages/support/piece_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tests/support/faulty_io.h"

namespace sluice {
namespace {

/// What who is given the file reads.
std::string read(File& file) {
  std::string text(1 << 20, '\0');
  std::size_t size = 0;
  while (true) {
    const Result<std::size_t> count = file.read(std::span(text).subspan(size));
    if (!count || count.value() == 0) return text.substr(0, size);
    size += count.value();
  }
}

TEST(PieceFile, HasWhatWasAppendedInOrder) {
  PieceFile piece(Io::system());
  std::string all;
  for (const std::size_t size : {1U, 100'000U, 3U, 70'000U, 65'535U, 2U, 65'536U}) {
    const std::string text(size, static_cast<char>('a' + size % 26));
    ASSERT_TRUE(piece.append(text));
    all += text;
  }
  Result<File> file = piece.take(all.size());
  ASSERT_TRUE(file);
  EXPECT_EQ(read(file.value()), all);
}

TEST(PieceFile, BeginsTheNextOneWithWhatIsLeft) {
  for (const std::size_t filler : {0U, 200'000U}) {
    PieceFile piece(Io::system());
    const std::string first = std::string(filler, 'x') + "one\n";
    ASSERT_TRUE(piece.append(first + "two"));
    Result<File> file = piece.take(first.size());
    ASSERT_TRUE(file);
    EXPECT_EQ(read(file.value()), first);
    ASSERT_TRUE(piece.append(" and three\n"));
    file = piece.take(14);
    ASSERT_TRUE(file);
    EXPECT_EQ(read(file.value()), "two and three\n");
  }
}

TEST(PieceFile, NobodyChangesWhatWasTaken) {
  PieceFile piece(Io::system());
  ASSERT_TRUE(piece.append("a\n"));
  const Result<File> file = piece.take(2);
  ASSERT_TRUE(file);
  EXPECT_EQ(::write(file.value().fd(), "b", 1), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(file.value().fd(), 0), -1);
}

TEST(PieceFile, AFailedWriteIsAnError) {
  FaultyIo io;
  io.fail(FaultyIo::Call::write, 1, ENOSPC, /*for_ever=*/true);
  PieceFile piece(io);
  ASSERT_TRUE(piece.append("a"));
  EXPECT_FALSE(piece.take(1));
  EXPECT_FALSE(piece.append(std::string(100'000, 'a')));
}

}  // namespace
}  // namespace sluice
