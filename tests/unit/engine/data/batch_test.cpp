#include "engine/data/batch.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/batch_pool.h"
#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

using Rows = std::vector<std::uint32_t>;

class BatchTest : public ::testing::Test {
 protected:
  static std::vector<std::string> pieces(const Batch& batch) {
    std::vector<std::string> all;
    batch.for_each_piece([&](std::string_view piece) { all.emplace_back(piece); });
    return all;
  }
  TextBatches text_;
};

using Strings = std::vector<std::string>;

TEST_F(BatchTest, BeginsInChunkFormWithEverythingWanted) {
  const BatchPtr batch = text_.make("one\ntwo\nthree");
  EXPECT_FALSE(batch->is_table());
  EXPECT_EQ(batch->record_count(), 3U);
  EXPECT_EQ(batch->byte_count(), 13U);
  EXPECT_EQ(pieces(*batch), Strings{"one\ntwo\nthree"});
}

TEST_F(BatchTest, KeepsSlices) {
  const BatchPtr batch = text_.make("one\ntwo\nthree\n");
  std::vector<Slice> kept{{0, 4}, {8, 6}};
  batch->keep_slices(kept, 2);
  EXPECT_EQ(batch->record_count(), 2U);
  EXPECT_EQ(batch->byte_count(), 10U);
  EXPECT_EQ(pieces(*batch), (Strings{"one\n", "three\n"}));
  EXPECT_EQ(kept, (std::vector<Slice>{{0, 14}})) << "the old slices are handed out for reuse";
}

TEST_F(BatchTest, SetBytesWithSlicesWantsOnlyThose) {
  const BatchPtr batch = text_.make("one\ntwo\n");
  std::vector<Slice> wanted{{4, 4}};
  batch->set_bytes(batch->bytes(), wanted, 1);
  EXPECT_EQ(text_of(*batch), "two\n");
  EXPECT_EQ(batch->record_count(), 1U);
  EXPECT_EQ(batch->byte_count(), 4U);
}

TEST_F(BatchTest, MakesATableOfItsLines) {
  const BatchPtr batch = text_.make("a\r\n\nbc\nd");
  batch->make_table();
  ASSERT_TRUE(batch->is_table());
  EXPECT_EQ(std::vector<Slice>(batch->rows().begin(), batch->rows().end()),
            (std::vector<Slice>{{0, 3}, {3, 1}, {4, 3}, {7, 1}}));
  EXPECT_EQ(Rows(batch->selection().begin(), batch->selection().end()), (Rows{0, 1, 2, 3}));
  Strings texts;
  for (const Slice row : batch->rows()) texts.emplace_back(batch->text(row));
  EXPECT_EQ(texts, (Strings{"a", "", "bc", "d"}));
  EXPECT_EQ(batch->record_count(), 4U);
  EXPECT_EQ(batch->byte_count(), 8U);
}

TEST_F(BatchTest, ATableHasOnlyTheLinesThatWereWanted) {
  const BatchPtr batch = text_.make("one\ntwo\nthree\n");
  std::vector<Slice> kept{{4, 10}};
  batch->keep_slices(kept, 2);
  batch->make_table();
  EXPECT_EQ(batch->rows().size(), 2U);
  EXPECT_EQ(text_of(*batch), "two\nthree\n");
}

TEST_F(BatchTest, MakingATableTwiceKeepsTheSelection) {
  const BatchPtr batch = text_.make("one\ntwo\n");
  batch->make_table();
  Rows kept{1};
  batch->keep_rows(kept);
  batch->make_table();
  EXPECT_EQ(text_of(*batch), "two\n");
}

TEST_F(BatchTest, AdjacentRowsComeInOnePiece) {
  const BatchPtr batch = text_.make("a\nb\nc\nd\ne\n");
  batch->make_table();
  EXPECT_EQ(pieces(*batch).size(), 1U);
  Rows kept{1, 2, 4};
  batch->keep_rows(kept);
  EXPECT_EQ(pieces(*batch), (Strings{"b\nc\n", "e\n"}));
  EXPECT_EQ(batch->record_count(), 3U);
  EXPECT_EQ(batch->byte_count(), 6U);
}

TEST_F(BatchTest, APieceEndsBehindARecordWithoutALineEnd) {
  const BatchPtr batch = text_.make("ab\rc\nd\n");
  std::vector<Slice> rows{{0, 3}, {3, 2}, {5, 2}};
  batch->set_rows(rows);
  EXPECT_EQ(pieces(*batch), (Strings{"ab\r", "c\nd\n"}));
  EXPECT_EQ(batch->text(batch->rows()[0]), "ab\r") << "a CR that no LF follows belongs to the text";
}

TEST_F(BatchTest, RowsMayRepeatAndOverlap) {
  const BatchPtr batch = text_.make("a\nb\n");
  std::vector<Slice> rows{{0, 2}, {0, 2}, {2, 2}};
  batch->set_rows(rows);
  EXPECT_EQ(text_of(*batch), "a\na\nb\n");
  EXPECT_EQ(batch->record_count(), 3U);
}

TEST_F(BatchTest, SelectingNothingLeavesTheRows) {
  const BatchPtr batch = text_.make("a\nb\n");
  batch->make_table();
  batch->select_nothing();
  EXPECT_EQ(batch->rows().size(), 2U);
  EXPECT_EQ(batch->record_count(), 0U);
  EXPECT_EQ(batch->byte_count(), 0U);
  EXPECT_EQ(text_of(*batch), "");

  const BatchPtr chunk = text_.make("a\nb\n");
  chunk->select_nothing();
  EXPECT_TRUE(chunk->slices().empty());
  EXPECT_EQ(chunk->record_count(), 0U);
}

TEST_F(BatchTest, EmptyBytesHaveNoSlices) {
  const BatchPtr batch = text_.make("");
  EXPECT_TRUE(batch->slices().empty());
  batch->make_table();
  EXPECT_TRUE(batch->rows().empty());
  EXPECT_EQ(batch->record_count(), 0U);
}

TEST_F(BatchTest, KeysAreAStack) {
  const BatchPtr batch = text_.empty();
  batch->set_key({4, 2, false});
  batch->push_key({9, 0, true});
  EXPECT_EQ(batch->keys().size(), 2U);
  EXPECT_EQ(batch->key().unit, 9U);
  batch->pop_key();
  EXPECT_EQ(batch->key().unit, 4U);
  EXPECT_EQ(batch->key().index, 2U);
  EXPECT_FALSE(batch->key().last);
}

TEST(BatchPool, CountsBatchesInFlightAndRecyclesThemClean) {
  BatchPool pool;
  BatchPtr batch = pool.make();
  const Batch* place = batch.get();
  EXPECT_EQ(pool.in_flight(), 1U);
  batch->push_key({7, 7, false});
  batch->set_flush(true);
  batch->set_stream(true);
  batch->set_end_of_stream();
  batch->set_origin({1, 2, 3, 4});
  batch->set_work(std::make_shared<int>(1), 10);
  std::vector<Slice> rows{{0, 0}};
  batch->set_rows(rows);
  batch->add_column("a");
  std::vector<std::uint32_t> bad{0};
  batch->set_bad_rows(bad);
  batch.reset();
  EXPECT_EQ(pool.in_flight(), 0U);

  batch = pool.make();
  ASSERT_EQ(batch.get(), place);
  EXPECT_EQ(batch->keys().size(), 1U);
  EXPECT_EQ(batch->key().unit, 0U);
  EXPECT_TRUE(batch->key().last);
  EXPECT_FALSE(batch->flush() || batch->is_stream() || batch->end_of_stream() || batch->is_table());
  EXPECT_EQ(batch->origin().offset, 0U);
  EXPECT_EQ(batch->work(), nullptr);
  EXPECT_EQ(batch->work_size(), 0U);
  EXPECT_TRUE(batch->columns().empty());
  EXPECT_TRUE(batch->bad_rows().empty());
  EXPECT_EQ(batch->record_count(), 0U);
}

TEST(BatchPool, AColumnHasOneMissingCellPerRowWhateverItsMemoryHeldBefore) {
  BatchPool pool;
  for (int round = 0; round < 2; ++round) {
    const BatchPtr batch = pool.make();
    std::vector<Slice> rows{{0, 0}, {0, 0}};
    batch->set_rows(rows);
    Column& column = batch->add_column("a");
    ASSERT_EQ(column.cells.size(), 2U);
    EXPECT_TRUE(column.cells[0].is_missing() && column.cells[1].is_missing());
    column.cells[1] = Cell::integer(5);
    EXPECT_EQ(batch->find_column("a")->cells[1].integer(), 5);
    EXPECT_EQ(batch->find_column("b"), nullptr);
  }
}

TEST(BatchPool, TextOfACloneOutlivesTheBatchItWasMadeFor) {
  BatchPool pool;
  BatchPtr batch = pool.make();
  std::vector<Slice> rows{{0, 0}};
  batch->set_rows(rows);
  char* text = batch->arena().allocate(3);
  std::memcpy(text, "abc", 3);
  batch->add_column("a").cells[0] = Cell::text({text, 3});
  const BatchPtr copy = pool.clone(*batch);
  std::memcpy(copy->arena().allocate(3), "xyz", 3);  // Into an arena of its own.
  batch.reset();
  EXPECT_EQ(copy->find_column("a")->cells[0].text(), "abc");
}

TEST(BatchPool, ACloneMayHaveSomeOfTheColumns) {
  BatchPool pool;
  BatchPtr batch = pool.make();
  std::vector<Slice> rows{{0, 0}};
  batch->set_rows(rows);
  for (const char* name : {"a", "b", "a"}) batch->add_column(name);
  batch->columns()[2].cells[0] = Cell::integer(7);
  const std::vector<std::string> wanted{"c", "a"};
  const BatchPtr copy = pool.clone(*batch, wanted);
  ASSERT_EQ(copy->columns().size(), 1U);
  EXPECT_EQ(copy->find_column("a")->cells[0].integer(), 7);
}

TEST(Batch, NewTextsLeaveSelectionAndColumns) {
  BufferPool buffers({1, 100, 100, 100});
  BatchPool pool;
  BatchPtr batch = pool.make();
  batch->set_buffer(buffers.try_take());
  std::memcpy(batch->buffer()->data(), "a\nb\nc\n", 6);
  batch->set_bytes({batch->buffer()->data(), 6}, 3);
  batch->make_table();
  batch->add_column("x").cells[2] = Cell::integer(7);
  Rows kept{0, 2};
  batch->keep_rows(kept);
  const std::span<char> scratch = batch->buffer()->take_scratch(10);
  std::memcpy(scratch.data(), "long\nc\n", 7);
  std::vector<Slice> rows{{0, 5}, {0, 0}, {5, 2}};
  batch->set_texts({scratch.data(), 7}, rows);
  EXPECT_EQ(text_of(*batch), "long\nc\n");
  EXPECT_EQ(batch->byte_count(), 7U);
  EXPECT_EQ(batch->record_count(), 2U);
  EXPECT_EQ(batch->find_column("x")->cells[2].integer(), 7);
}

TEST(BatchPool, AClonesWantsAreItsOwnAndItsBytesAreShared) {
  BufferPool buffers({1, 100, 0, 0});
  BatchPool pool;
  BatchPtr batch = pool.make();
  batch->set_buffer(buffers.try_take());
  std::memcpy(batch->buffer()->data(), "a\nb\n", 4);
  batch->buffer()->seal(4);
  batch->set_bytes({batch->buffer()->data(), 4}, 2);
  batch->make_table();
  batch->set_key({3, 1, false});
  batch->push_key({0, 0, true});
  batch->set_origin({5, 6, 7, 8});
  batch->set_end_of_stream();

  BatchPtr copy = pool.clone(*batch);
  EXPECT_EQ(copy->bytes().data(), batch->bytes().data());
  EXPECT_EQ(copy->keys().size(), 2U);
  EXPECT_EQ(copy->origin().file, 6U);
  EXPECT_TRUE(copy->end_of_stream());
  Rows first{0};
  Rows second{1};
  batch->keep_rows(first);
  copy->keep_rows(second);
  EXPECT_EQ(text_of(*batch), "a\n");
  EXPECT_EQ(text_of(*copy), "b\n");
  batch.reset();
  EXPECT_EQ(buffers.outstanding(), 1U) << "the clone still reads the buffer";
  copy.reset();
  EXPECT_EQ(buffers.outstanding(), 0U);
}

TEST(BatchPool, ReceiptsGoOnWithClonesAndGatheredData) {
  CommitTracker tracker;
  BatchPool pool;
  BatchPtr source = pool.make();
  source->add_receipt(tracker.issue());
  BatchPtr copy = pool.clone(*source);
  BatchPtr gathered = pool.make();
  gathered->add_receipts(*copy);
  source.reset();
  copy.reset();
  EXPECT_EQ(tracker.settled(), 0U);
  gathered->mark_lost();
  gathered.reset();
  EXPECT_EQ(tracker.settled(), 1U);
  EXPECT_EQ(tracker.watermark(), 0U);
}

TEST(BatchPool, TheTokenIsHomeBeforeTheBatchIsGone) {
  BufferPool buffers({1, 100, 0, 0});
  BatchPool pool;
  std::vector<std::size_t> seen;
  pool.on_return([&] { seen = {pool.in_flight(), buffers.outstanding()}; });
  BatchPtr batch = pool.make();
  batch->set_buffer(buffers.try_take());
  batch.reset();
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 0}));
}

}  // namespace
}  // namespace sluice
