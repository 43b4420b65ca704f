#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/stage_rig.h"

namespace sluice {

void register_filter(Registry& registry);

namespace {

using Codes = std::vector<std::string>;

class FilterTest : public testing::Test {
 protected:
  /// Filters in chunk form and in table form, which must agree.
  std::string filtered(StageRig::Options options, const std::string& text) {
    const Parts parts = rig_.parts(options);
    const auto filter = std::get<TransformPart>(parts[0]).make();
    EXPECT_TRUE(filter);
    const BatchPtr chunk = batches_.make(text);
    const BatchPtr table = batches_.make(text);
    table->make_table();
    EXPECT_TRUE(filter.value()->apply(*chunk, {}));
    EXPECT_TRUE(filter.value()->apply(*table, {}));
    EXPECT_EQ(text_of(*chunk), text_of(*table));
    EXPECT_EQ(chunk->record_count(), table->record_count());
    EXPECT_EQ(chunk->byte_count(), text_of(*chunk).size());
    return text_of(*chunk);
  }

  StageRig rig_{register_filter};
  TextBatches batches_;
};

const std::string text = "an apple\npear\r\nan apple and a pear\nplum";

TEST_F(FilterTest, KeepsWhatHoldsAllTexts) {
  EXPECT_EQ(filtered({{"contains", Value::scalar("pear")}}, text), "pear\r\nan apple and a pear\n");
  EXPECT_EQ(filtered({{"contains", option_list({"pear", "apple"})}}, text),
            "an apple and a pear\n");
}

TEST_F(FilterTest, KeepsWhatHoldsAnyText) {
  EXPECT_EQ(filtered({{"any_of", option_list({"plum", "an apple"})}}, text),
            "an apple\nan apple and a pear\nplum");
}

TEST_F(FilterTest, MatchesARegexWithinTheRecord) {
  EXPECT_EQ(filtered({{"regex", Value::scalar("^p.*r$")}}, text), "pear\r\n");
}

TEST_F(FilterTest, AllConditionsMustHold) {
  EXPECT_EQ(filtered({{"any_of", option_list({"plum", "pear"})},
                      {"contains", Value::scalar("apple")},
                      {"regex", Value::scalar("and")}},
                     text),
            "an apple and a pear\n");
}

TEST_F(FilterTest, NotKeepsTheOthers) {
  EXPECT_EQ(filtered({{"contains", Value::scalar("apple")}, {"not", Value::scalar("true")}}, text),
            "pear\r\nplum");
}

TEST_F(FilterTest, ThinsABatchTwice) {
  const Parts parts = rig_.parts({{"contains", Value::scalar("a")}});
  const Parts more = rig_.parts({{"contains", Value::scalar("apple")}});
  const auto first = std::get<TransformPart>(parts[0]).make();
  const auto second = std::get<TransformPart>(more[0]).make();
  const BatchPtr batch = batches_.make("a\nb\napple\nc\nan apple\n");
  ASSERT_TRUE(first.value()->apply(*batch, {}));
  EXPECT_EQ(batch->record_count(), 3U);
  ASSERT_TRUE(second.value()->apply(*batch, {}));
  EXPECT_EQ(text_of(*batch), "apple\nan apple\n");
  EXPECT_EQ(batch->record_count(), 2U);
}

TEST_F(FilterTest, LeavesAnEmptiedBatchEmpty) {
  EXPECT_EQ(filtered({{"contains", Value::scalar("cherry")}}, text), "");
  EXPECT_EQ(filtered({{"contains", Value::scalar("cherry")}}, ""), "");
}

TEST_F(FilterTest, NeedsACondition) {
  EXPECT_EQ(rig_.mistakes({}), Codes{"option.missing"});
  EXPECT_EQ(rig_.mistakes({{"not", Value::scalar("true")}}), Codes{"option.missing"});
  EXPECT_EQ(rig_.mistakes({{"contains", option_list({})}}), Codes{"option.range"});
  EXPECT_EQ(rig_.mistakes({{"any_of", option_list({"a", ""})}}), Codes{"option.range"});
  EXPECT_EQ(rig_.type().main_option, "where");
}

TEST_F(FilterTest, RefusesABadRegexBeforeTheRun) {
  const auto parts = rig_.try_parts({{"regex", Value::scalar("a(b")}});
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().code, ErrorCode::bad_config);
  EXPECT_NE(parts.error().message.find("a(b"), std::string::npos);
}

}  // namespace
}  // namespace sluice
