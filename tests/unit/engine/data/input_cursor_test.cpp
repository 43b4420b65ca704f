#include "engine/data/input_cursor.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

class InputCursorTest : public ::testing::Test {
 protected:
  /// "LINE:OFFSET" of each row of a table.
  static std::vector<std::string> places(const Batch& batch) {
    std::vector<std::string> all;
    InputCursor cursor(batch);
    for (const Slice row : batch.rows()) {
      cursor.go_to(row.offset);
      all.push_back(std::to_string(cursor.line()) + ":" +
                    (cursor.offset() ? std::to_string(*cursor.offset()) : "?"));
    }
    return all;
  }
  TextBatches text_;
};

using Places = std::vector<std::string>;

TEST_F(InputCursorTest, CountsLinesAndBytesFromTheBeginOfTheBatch) {
  const BatchPtr batch = text_.make("a\n\nbc\nd");
  batch->set_origin({0, 0, 100, 0});
  batch->set_input_place(std::make_shared<InputPlace>(5));
  batch->make_table();
  EXPECT_EQ(places(*batch), (Places{"5:100", "6:102", "7:103", "8:106"}));
}

TEST_F(InputCursorTest, CountsWhatTheBatchDoesNotHave) {
  const BatchPtr batch = text_.make("a\nb\nc\n");
  auto place = std::make_shared<InputPlace>(1);
  place->gaps = {{0, 50, 1}, {4, 7, 0}, {4, 10, 2}};
  batch->set_input_place(place);
  batch->make_table();
  EXPECT_EQ(places(*batch), (Places{"2:50", "3:52", "6:71"}));
}

TEST_F(InputCursorTest, CountsLineEndsInsideRecords) {
  const BatchPtr batch = text_.make("1,\"a\nb\n\"\n2,c\n");
  batch->set_input_place(std::make_shared<InputPlace>(1));
  std::vector<Slice> rows{{0, 9}, {9, 4}};
  batch->set_rows(rows);
  EXPECT_EQ(places(*batch), (Places{"1:0", "4:9"}));
}

TEST_F(InputCursorTest, GoesBackAsWell) {
  const BatchPtr batch = text_.make("a\nb\nc\n");
  auto place = std::make_shared<InputPlace>(1);
  place->gaps = {{2, 10, 1}};
  batch->set_input_place(place);
  InputCursor cursor(*batch);
  cursor.go_to(4);
  EXPECT_EQ(cursor.line(), 4U);
  cursor.go_to(0);
  EXPECT_EQ(cursor.line(), 1U);
  EXPECT_EQ(cursor.offset(), 0U);
  cursor.go_to(2);
  EXPECT_EQ(cursor.line(), 3U);
  EXPECT_EQ(cursor.offset(), 12U);
}

TEST_F(InputCursorTest, AddsWhatIsInFrontOfAPart) {
  const BatchPtr batch = text_.make("a\nb\n");
  batch->set_origin({0, 0, 5, 900});
  batch->make_table();
  InputLedger ledger;
  const auto first = ledger.next();
  batch->set_input_place(ledger.next(false));
  batch->input_place()->part = 900;
  EXPECT_EQ(places(*batch), (Places{"0:?", "0:?"}));
  ledger.framed(*first, 1, 1000);
  EXPECT_EQ(places(*batch), (Places{"2:1005", "3:1007"}));
}

TEST_F(InputCursorTest, KnowsNoLineWithoutAPlaceOrBeforeItsTime) {
  const BatchPtr batch = text_.make("a\nb\n");
  batch->make_table();
  EXPECT_EQ(places(*batch), (Places{"0:0", "0:2"}));
  InputLedger ledger;
  const auto first = ledger.next();
  batch->set_input_place(ledger.next());
  EXPECT_EQ(places(*batch), (Places{"0:0", "0:2"}));
  ledger.framed(*first, 3);
  EXPECT_EQ(places(*batch), (Places{"4:0", "5:2"}));
}

}  // namespace
}  // namespace sluice
