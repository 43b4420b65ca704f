#include "engine/run/input_limit.h"

#include <gtest/gtest.h>

#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

class InputLimitTest : public ::testing::Test {
 protected:
  /// What is left of `text`; `reached_` says whether the limit was.
  std::string applied(InputLimit& limit, std::string_view text, bool is_stream = false) {
    const BatchPtr batch = batches_.make(text);
    batch->set_stream(is_stream);
    reached_ = limit.apply(*batch);
    return text_of(*batch);
  }

  TextBatches batches_;
  bool reached_ = false;
};

TEST_F(InputLimitTest, CutsBehindTheLastRecord) {
  InputLimit limit(LimitSpec{3, {}});
  EXPECT_EQ(applied(limit, "a\nb\n"), "a\nb\n");
  EXPECT_FALSE(reached_);
  EXPECT_EQ(applied(limit, "c\nd\n"), "c\n");
  EXPECT_TRUE(reached_);
  EXPECT_EQ(applied(limit, "e\n"), "");
  EXPECT_TRUE(reached_);
}

TEST_F(InputLimitTest, IsReachedByTheLastRecordItself) {
  InputLimit limit(LimitSpec{2, {}});
  EXPECT_EQ(applied(limit, "a\nb\n"), "a\nb\n");
  EXPECT_TRUE(reached_);
}

TEST_F(InputLimitTest, TheRecordThatReachesTheBytesIsTheLast) {
  InputLimit limit(LimitSpec{{}, 5_B});
  EXPECT_EQ(applied(limit, "aaa\nbb\nc\n"), "aaa\nbb\n");
  EXPECT_TRUE(reached_);
}

TEST_F(InputLimitTest, WhicheverComesFirst) {
  InputLimit limit(LimitSpec{1, 100_B});
  EXPECT_EQ(applied(limit, "aaa\nbb\n"), "aaa\n");
  EXPECT_TRUE(reached_);
}

TEST_F(InputLimitTest, AStreamIsCutAnywhere) {
  InputLimit limit(LimitSpec{{}, 5_B});
  EXPECT_EQ(applied(limit, "abc", true), "abc");
  EXPECT_EQ(applied(limit, "defg", true), "de");
  EXPECT_TRUE(reached_);
}

TEST_F(InputLimitTest, OnlyWhatIsWantedCounts) {
  InputLimit limit(LimitSpec{2, {}});
  const BatchPtr batch = batches_.make("a\nb\nc\nd\n");
  batch->make_table();
  std::vector<std::uint32_t> kept{1, 2, 3};
  batch->keep_rows(kept);
  EXPECT_TRUE(limit.apply(*batch));
  EXPECT_EQ(text_of(*batch), "b\nc\n");
}

}  // namespace
}  // namespace sluice
