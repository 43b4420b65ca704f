#include "stages/support/record_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "stages/support/packed_record.h"
#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

const std::vector<std::string> names{"within", "apart", "value"};

/// A batch of `count` lines with columns: texts within the record, texts elsewhere, values, and
/// here and there nothing. The row 3 is bad.
BatchPtr make_batch(TextBatches& batches, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "line " + std::to_string(i) + std::string(i % 7, '.') + "\n";
  }
  BatchPtr batch = batches.make(text);
  batch->make_table();
  for (const std::string& name : names) batch->add_column(name);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view line = batch->text(batch->rows()[i]);
    const std::string apart = "\"" + std::string(line) + "\"";
    char* copy = batch->arena().allocate(apart.size());
    std::memcpy(copy, apart.data(), apart.size());
    if (i % 5 != 1) batch->columns()[0].cells[i] = Cell::text(line.substr(5));
    if (i % 5 != 2) batch->columns()[1].cells[i] = Cell::json({copy, apart.size()});
    if (i % 3 == 0) batch->columns()[2].cells[i] = Cell::integer(static_cast<std::int64_t>(i));
    if (i % 3 == 1)
      batch->columns()[2].cells[i] = Cell::timestamp({7, static_cast<std::uint32_t>(i)});
  }
  std::vector<std::uint32_t> bad{3};
  batch->set_bad_rows(bad);
  return batch;
}

std::string print(const Cell& cell) {
  switch (cell.type()) {
    case Cell::Type::text:
    case Cell::Type::json:
    case Cell::Type::decimal:
      return std::string(name_of(cell.type())) + " " + std::string(cell.text());
    case Cell::Type::integer:
      return "integer " + std::to_string(cell.integer());
    case Cell::Type::timestamp:
      return "time " + std::to_string(cell.timestamp().nanoseconds);
    default:
      return std::string(name_of(cell.type()));
  }
}

/// Everything that a record is.
std::string print(const RecordsView& records, std::uint32_t row) {
  const Slice slice = records.rows[row];
  std::string all(records.bytes.substr(slice.offset, slice.length));
  for (const std::string& name : names) {
    for (const Column& column : records.columns) {
      if (column.name == name) all += name + ": " + print(column.cells[row]) + "\n";
    }
  }
  const bool is_bad = std::binary_search(records.bad_rows.begin(), records.bad_rows.end(), row);
  return all + (is_bad ? "bad\n" : "");
}

std::vector<std::string> print(const RecordsView& records) {
  std::vector<std::string> all;
  for (const std::uint32_t row : records.selection) all.push_back(print(records, row));
  return all;
}

void select_some(Batch& batch, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t row : batch.selection()) {
    if (random() % 3 != 0) kept.push_back(row);
  }
  batch.keep_rows(kept);
}

TEST(RecordCopy, CopiesEverythingInAsManyPiecesAsItTakes) {
  TextBatches batches({8, 2000, 4000, 0});
  const BatchPtr batch = make_batch(batches, 150);
  select_some(*batch, 1);
  const RecordsView view = RecordsView::of(*batch);
  const std::vector<std::string> wanted = print(view);
  for (const std::size_t most : {1U, 7U, 1000U}) {
    std::vector<std::string> copied;
    while (copied.size() < wanted.size()) {
      const BatchPtr out = batches.empty();
      const auto count = copy_records(view, copied.size(), most, *out);
      ASSERT_TRUE(count);
      ASSERT_GT(count.value(), 0U);
      ASSERT_LE(count.value(), most);
      ASSERT_EQ(out->record_count(), count.value());
      ASSERT_LE(out->bytes().size(), out->buffer()->size());
      for (std::string& record : print(RecordsView::of(*out))) copied.push_back(std::move(record));
    }
    EXPECT_EQ(copied, wanted);
  }
}

TEST(RecordCopy, BlocksOutliveTheirBatches) {
  TextBatches batches({2, 64 << 10, 0, 0});
  BatchPtr batch = make_batch(batches, 500);
  select_some(*batch, 2);
  const std::vector<std::string> wanted = print(RecordsView::of(*batch));
  const RecordBlock block(RecordsView::of(*batch));
  std::memset(batch->buffer()->data(), 'x', batch->bytes().size());
  batch.reset();
  EXPECT_EQ(print(block.view()), wanted);
  EXPECT_EQ(block.size(), wanted.size());
}

TEST(RecordCopy, SaysWhatIsTooLong) {
  TextBatches large({1, 100 << 10, 0, 0});
  const BatchPtr batch = large.make(std::string(50 << 10, 'x') + "\nshort\n");
  batch->make_table();
  TextBatches small({1, 1 << 10, 49 << 10, 0});
  const BatchPtr out = small.empty();
  const auto refused = copy_records(RecordsView::of(*batch), 0, 2, *out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit);
  const auto copied = copy_records(RecordsView::of(*batch), 1, 2, *out);
  ASSERT_TRUE(copied);
  EXPECT_EQ(copied.value(), 1U);
}

TEST(PackedRecord, ComesOutAsItWentIn) {
  TextBatches batches({2, 64 << 10, 0, 0});
  const BatchPtr batch = make_batch(batches, 300);
  const std::vector<std::string> wanted = print(RecordsView::of(*batch));
  CellPacker packer(names);
  packer.bind(*batch);
  std::string packed;
  std::vector<std::size_t> offsets;
  for (const std::uint32_t row : batch->selection()) {
    const Slice slice = batch->rows()[row];
    const std::string_view text = batch->bytes().substr(slice.offset, slice.length);
    const std::string_view cells = packer.pack(row, text);
    PackedHead head;
    head.text_bytes = static_cast<std::uint32_t>(text.size());
    head.cell_bytes = static_cast<std::uint32_t>(cells.size());
    head.is_bad = row == 3 ? 1 : 0;
    offsets.push_back(packed.size());
    packed.append(reinterpret_cast<const char*>(&head), sizeof head).append(text).append(cells);
  }
  const BatchPtr out = batches.empty();
  RecordUnpacker unpacker(names);
  std::size_t used = 0;
  for (const std::size_t offset : offsets) {
    const PackedRecord record(packed.data() + offset);
    unpacker.add(record, out->buffer()->data() + used, static_cast<std::uint32_t>(used));
    used += record.text().size();
  }
  unpacker.finish(used, *out);
  packed.assign(packed.size(), 'x');
  EXPECT_EQ(print(RecordsView::of(*out)), wanted);
}

}  // namespace
}  // namespace sluice
