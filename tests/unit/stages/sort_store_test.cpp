#include "stages/support/sort_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "stages/support/spill_file.h"
#include "tests/support/faulty_io.h"
#include "tests/support/test_effort.h"

namespace sluice {
namespace {

constexpr std::uint64_t least_memory = 1 << 20;

/// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "sluice-sort-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Line {
  std::string key;
  std::string text;
};

std::vector<Line> random_lines(std::size_t count, std::size_t key_bytes, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<Line> lines;
  for (std::size_t i = 0; i < count; ++i) {
    Line line;
    for (std::size_t j = random() % (key_bytes + 1); j > 0; --j) {
      line.key += static_cast<char>('a' + random() % 3);
    }
    line.text = line.key + " number " + std::to_string(i) + std::string(random() % 100, '.') + "\n";
    lines.push_back(std::move(line));
  }
  return lines;
}

/// A store, and what sorting needs around it.
class Rig {
 public:
  explicit Rig(Io& io = Io::system(), std::string folder = {})
      : context_(io, Clock::system(), claims_),
        store_(order_, {least_memory, folder.empty() ? folder_.path() : std::move(folder)},
               context_) {}

  /// Takes lines in as `slots` threads would, each a batch of some lines at a time, in an order in
  /// which batches overtake each other.
  Status take(const std::vector<Line>& lines, std::size_t slots) {
    std::mt19937_64 random(5);
    constexpr std::size_t batch_lines = 100;
    std::vector<std::size_t> batches;
    for (std::size_t i = 0; i * batch_lines < lines.size(); ++i) batches.push_back(i);
    for (std::size_t i = 0; i + 8 < batches.size(); i += 4) {
      std::shuffle(batches.begin() + static_cast<std::ptrdiff_t>(i),
                   batches.begin() + static_cast<std::ptrdiff_t>(i + 8), random);
    }
    std::vector<SortChunk*> chunks(slots);
    for (const std::size_t batch : batches) {
      SortChunk*& chunk = chunks[random() % slots];
      const OrderKey key{batch / 3, static_cast<std::uint32_t>(batch % 3), batch % 3 == 2};
      if (chunk != nullptr) chunk->begin_batch(key);
      const std::size_t end = std::min(lines.size(), (batch + 1) * batch_lines);
      for (std::size_t i = batch * batch_lines; i < end; ++i) {
        Status status = add(lines[i], static_cast<std::uint32_t>(i % batch_lines), key, chunk);
        if (!status) return status;
      }
    }
    return Done{};
  }

  /// All texts in the order in which they come out.
  Result<std::vector<std::string>> texts() {
    auto merge = store_.merged();
    if (!merge) return std::move(merge).error();
    std::vector<std::string> texts;
    while (!merge.value()->at_end()) {
      texts.emplace_back(PackedRecord(merge.value()->record()).text());
      Status status = merge.value()->next();
      if (!status) return std::move(status).error();
    }
    return texts;
  }

  const std::string& folder() const { return folder_.path(); }

 private:
  Status add(const Line& line, std::uint32_t row, OrderKey batch, SortChunk*& chunk) {
    key_.clear();
    append_sort_key(Cell::text(line.key), SortDirection::ascending, NoValue::last, key_);
    const SortChunk::Record record{order_.cut(key_), line.text, {}, row, false};
    if (chunk == nullptr || (!chunk->has_room(record) && !chunk->empty())) {
      if (chunk != nullptr) {
        Status status = store_.close_chunk(*std::exchange(chunk, nullptr));
        if (!status) return status;
      }
      chunk = &store_.open_chunk();
      chunk->begin_batch(batch);
    }
    chunk->add(record);
    return Done{};
  }

  Folder folder_;
  FileClaims claims_;
  StageContext context_;
  SortKeyOrder order_{SortDirection::ascending};
  SortStore store_;
  std::string key_;
};

std::vector<std::string> sorted(std::vector<Line> lines) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.key < b.key; });
  std::vector<std::string> texts;
  for (Line& line : lines) texts.push_back(std::move(line.text));
  return texts;
}

TEST(SortStore, SortsAsAStableSortDoes) {
  for (const std::size_t count : {0U, 1U, 100U, 5'000U, rounds(60'000U), rounds(200'000U)}) {
    if (count > 60'000 && is_short_effort()) break;
    for (const std::size_t key_bytes : {1U, 6U, 20U}) {
      const std::vector<Line> lines = random_lines(count, key_bytes, 3);
      for (const std::size_t slots : {1U, 3U}) {
        Rig rig;
        ASSERT_TRUE(rig.take(lines, slots));
        const auto texts = rig.texts();
        ASSERT_TRUE(texts);
        ASSERT_EQ(texts.value(), sorted(lines)) << count << " lines, keys of " << key_bytes;
      }
    }
  }
}

TEST(SortStore, KeepsFewFilesOpenAndLeavesNone) {
  FaultyIo io;
  Rig rig(io);
  const std::vector<Line> lines = random_lines(200'000, 6, 4);
  ASSERT_TRUE(rig.take(lines, 2));
  ASSERT_GT(io.count(FaultyIo::Call::open), 64);
  EXPECT_LT(io.count(FaultyIo::Call::open) - io.count(FaultyIo::Call::close), 20);
  EXPECT_TRUE(std::filesystem::is_empty(rig.folder()));
  const auto texts = rig.texts();
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts.value(), sorted(lines));
}

TEST(SortStore, ReadsAndWritesMayBeShort) {
  FaultyIo io;
  io.shorten(FaultyIo::Call::write, 70'001);
  io.shorten(FaultyIo::Call::pread, 10'007);
  Rig rig(io);
  const std::vector<Line> lines = random_lines(40'000, 6, 5);
  ASSERT_TRUE(rig.take(lines, 2));
  const auto texts = rig.texts();
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts.value(), sorted(lines));
}

TEST(SortStore, SaysThatTheDiskIsFull) {
  FaultyIo io;
  io.fail(FaultyIo::Call::write, 3, ENOSPC, true);
  Rig rig(io);
  const Status status = rig.take(random_lines(60'000, 6, 6), 2);
  ASSERT_FALSE(status);
  EXPECT_EQ(
      status.error().message,
      "cannot write a temporary file for what does not fit in memory: cannot write: No space left "
      "on device");
  EXPECT_EQ(status.error().file, rig.folder());
}

TEST(SortStore, SaysThatAFileCannotBeRead) {
  FaultyIo io;
  io.fail(FaultyIo::Call::pread, 2, EIO, true);
  Rig rig(io);
  Status status = rig.take(random_lines(60'000, 6, 6), 2);
  if (status) {
    const auto texts = rig.texts();
    ASSERT_FALSE(texts);
    status = texts.error();
  }
  EXPECT_EQ(status.error().message, "cannot read: Input/output error");
}

TEST(SpillFile, HasANameForAMomentWhereItMust) {
  FaultyIo io;
  io.fail(FaultyIo::Call::open, 1, EOPNOTSUPP);
  const Folder folder;
  Result<File> file = open_spill_file(io, folder.path());
  ASSERT_TRUE(file);
  EXPECT_EQ(io.count(FaultyIo::Call::unlink), 1);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  ASSERT_TRUE(file.value().write_all(std::string_view("text")));
  std::string text(4, ' ');
  ASSERT_TRUE(file.value().read_at(text, 0));
  EXPECT_EQ(text, "text");
}

TEST(SpillFile, SaysWhatIsWrongWithTheFolder) {
  const Result<File> file = open_spill_file(Io::system(), "/not/there");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "cannot make a temporary file: No such file or directory");
}

}  // namespace
}  // namespace sluice
