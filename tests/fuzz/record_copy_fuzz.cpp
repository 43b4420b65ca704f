// Copies and packed forms of records, of any JSON lines: they say what the records said, however
// the records are cut into batches and whichever are wanted. The first byte says which.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/batch.h"
#include "engine/data/batch_pool.h"
#include "engine/data/compare.h"
#include "engine/data/scan.h"
#include "stages/support/json_parser.h"
#include "stages/support/packed_record.h"
#include "stages/support/record_copy.h"

namespace {

using namespace sluice;

const std::vector<std::string> fields{"a", "b", "b.c", "level"};

void require(bool holds) {
  if (!holds) std::abort();
}

void fill(Batch& batch, std::string_view text) {
  Buffer& buffer = *batch.buffer();
  std::copy(text.begin(), text.end(), buffer.data());
  buffer.seal(text.size());
  const std::uint64_t open_lines = text.empty() || text.ends_with('\n') ? 0 : 1;
  batch.set_bytes({buffer.data(), text.size()}, count_newlines(text) + open_lines);
  batch.make_table();
}

/// Reads the fields; records that are no JSON are bad.
void parse(Batch& batch) {
  std::vector<Cell*> places;
  for (const std::string& name : fields) batch.add_column(name);
  for (Column& column : batch.columns()) places.push_back(column.cells.data());
  JsonParser parser(fields);
  parser.set_columns(std::move(places));
  std::vector<std::uint32_t> bad;
  for (const std::uint32_t row : batch.selection()) {
    if (!parser.parse(batch.text(batch.rows()[row]), row, batch.arena())) continue;
    for (Column& column : batch.columns()) column.cells[row] = Cell();
    bad.push_back(row);
  }
  batch.set_bad_rows(bad);
}

bool is_bad(const RecordsView& records, std::uint32_t row) {
  return std::binary_search(records.bad_rows.begin(), records.bad_rows.end(), row);
}

void require_same(const RecordsView& a, std::uint32_t row_a, const RecordsView& b,
                  std::uint32_t row_b) {
  const auto text = [](const RecordsView& records, std::uint32_t row) {
    return records.bytes.substr(records.rows[row].offset, records.rows[row].length);
  };
  require(text(a, row_a) == text(b, row_b));
  require(is_bad(a, row_a) == is_bad(b, row_b));
  require(a.columns.size() == b.columns.size());
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    require(order(a.columns[i].cells[row_a], b.columns[i].cells[row_b]) ==
            std::strong_ordering::equal);
  }
}

void check_copies(const RecordsView& records, std::size_t most, Batch& out) {
  for (std::size_t done = 0; done < records.selection.size();) {
    const auto count = copy_records(records, done, most, out);
    require(static_cast<bool>(count) && count.value() > 0);
    for (std::uint32_t i = 0; i < count.value(); ++i) {
      require_same(records, records.selection[done + i], RecordsView::of(out), i);
    }
    done += count.value();
  }
}

void check_block(const RecordsView& records) {
  const RecordBlock block(records);
  require(block.size() == records.selection.size());
  for (std::uint32_t i = 0; i < block.size(); ++i) {
    require_same(records, records.selection[i], block.view(), i);
  }
}

void check_packed(const Batch& batch, Batch& out) {
  const RecordsView records = RecordsView::of(batch);
  CellPacker packer(fields);
  packer.bind(batch);
  RecordUnpacker unpacker(fields);
  std::size_t used = 0;
  for (const std::uint32_t row : records.selection) {
    const Slice slice = records.rows[row];
    const std::string_view text = records.bytes.substr(slice.offset, slice.length);
    const std::string_view cells = packer.pack(row, text);
    PackedHead head;
    head.text_bytes = slice.length;
    head.cell_bytes = static_cast<std::uint32_t>(cells.size());
    head.is_bad = is_bad(records, row) ? 1 : 0;
    std::vector<char> packed(sizeof head);
    std::memcpy(packed.data(), &head, sizeof head);
    packed.insert(packed.end(), text.begin(), text.end());
    packed.insert(packed.end(), cells.begin(), cells.end());
    unpacker.add(PackedRecord(packed.data()), out.buffer()->data() + used,
                 static_cast<std::uint32_t>(used));
    used += text.size();
  }
  unpacker.finish(used, out);
  for (std::uint32_t i = 0; i < records.selection.size(); ++i) {
    require_same(records, records.selection[i], RecordsView::of(out), i);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most_bytes = 64 << 10;
  if (size == 0 || size > most_bytes) return 0;
  static BufferPool large({2, most_bytes, 0, 0, 0});
  static BufferPool small({1, 64, most_bytes, 0, 0});
  static BatchPool batches;
  const unsigned choice = data[0];
  const BatchPtr batch = batches.make();
  batch->set_buffer(large.try_take());
  fill(*batch, {reinterpret_cast<const char*>(data) + 1, size - 1});
  parse(*batch);
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t row : batch->selection()) {
    if ((choice >> (row % 4) & 1U) != 0) kept.push_back(row);
  }
  batch->keep_rows(kept);
  const BatchPtr copy = batches.make();
  copy->set_buffer(small.try_take());
  const BatchPtr unpacked = batches.make();
  unpacked->set_buffer(large.try_take());
  check_copies(RecordsView::of(*batch), 1 + (choice >> 4U), *copy);
  check_block(RecordsView::of(*batch));
  check_packed(*batch, *unpacked);
  return 0;
}
