#include "stages/support/child_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/io.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ChildLogTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<ChildLog>> open() {
    return ChildLog::open(Clock::system(), [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      lines_.push_back(line);
    });
  }

  /// What is said when `text` is written, and the last line.
  std::string said_of(const std::string& text) {
    auto log = open();
    EXPECT_TRUE(log);
    File writer(Io::system(), log.value()->writer(), "pipe", false);
    EXPECT_TRUE(writer.write_all(std::span<const char>(text)));
    return log.value()->finish();
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST_F(ChildLogTest, SaysLines) {
  EXPECT_EQ(said_of("one\n\nthree\nno end"), "no end");
  EXPECT_THAT(lines_, ElementsAre("one", "", "three", "no end"));
}

TEST_F(ChildLogTest, SaysNothingOfNothing) {
  EXPECT_EQ(said_of(""), "");
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(ChildLogTest, CutsLongLines) {
  EXPECT_EQ(said_of(std::string(50'000, 'x') + "\n" + std::string(1000, 'y') + "\nz\n"), "z");
  EXPECT_THAT(lines_, ElementsAre(std::string(1000, 'x') + "...", std::string(1000, 'y'), "z"));
}

TEST_F(ChildLogTest, CountsWhatIsTooMuch) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "a\n";
  said_of(text);
  std::size_t left_out = 0;
  std::size_t said = 0;
  for (const std::string& line : lines_) {
    if (line == "a") {
      ++said;
    } else {
      left_out += std::stoul(line.substr(1));
    }
  }
  EXPECT_EQ(said + left_out, 20'000U);
  EXPECT_GE(said, 100U);
  EXPECT_LT(said, 20'000U);
}

TEST_F(ChildLogTest, DoesNotWaitForThoseWhoKeepThePipe) {
  auto log = open();
  ASSERT_TRUE(log);
  const int kept = ::dup(log.value()->writer());
  ASSERT_EQ(::write(kept, "a\n", 2), 2);
  EXPECT_EQ(log.value()->finish(), "a");
  ::close(kept);
}

}  // namespace
}  // namespace sluice
