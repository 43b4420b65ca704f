// What travels through a graph: some bytes, which of them are still wanted, and where they came
// from.
//
// The wanted part has one of two forms. In *chunk form* it is a list of slices of whole lines:
// stages that scan text (filter, redact, compress) never need single records, so none are made. In
// *table form* there is a record table, a selection of its rows, and perhaps typed columns; a stage
// that needs records asks for it. Bytes are const once the batch has left its maker, so branches of
// a fan-out share them; each branch has a batch of its own to thin.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/intrusive_pointer.h"
#include "engine/data/buffer_pool.h"
#include "engine/data/column.h"
#include "engine/data/input_place.h"
#include "engine/data/origin.h"
#include "engine/data/receipt.h"
#include "engine/data/slice.h"
#include "engine/data/timestamp.h"

namespace sluice {

class Batch;
class BatchPool;
using BatchPtr = IntrusivePointer<Batch>;

class Batch {
 public:
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // --- Bytes -----------------------------------------------------------------------------------

  /// The buffer that holds the token; null for a batch that carries no bytes.
  const BufferPtr& buffer() const noexcept { return buffer_; }
  void set_buffer(BufferPtr buffer) noexcept { buffer_ = std::move(buffer); }
  /// What offsets count in: the buffer's data, or a scratch block of it after a rewrite.
  std::string_view bytes() const noexcept { return bytes_; }
  /// Makes `bytes` the content, all of it wanted, in chunk form. `records` is how many lines end in
  /// it (the last one may lack its line end). REQUIRES: `bytes` lies in the buffer or its scratch.
  void set_bytes(std::string_view bytes, std::uint64_t records);
  /// The same with `wanted` slices only.
  void set_bytes(std::string_view bytes, std::vector<Slice>& wanted, std::uint64_t records);

  // --- What is wanted ---------------------------------------------------------------------------

  /// Records still wanted.
  std::uint64_t record_count() const noexcept { return record_count_; }
  /// Bytes still wanted.
  std::uint64_t byte_count() const noexcept { return byte_count_; }

  bool is_table() const noexcept { return is_table_; }
  /// Chunk form: whole lines, in order, not overlapping. REQUIRES: !is_table().
  std::span<const Slice> slices() const noexcept { return slices_; }
  /// Keeps only `kept`, which takes its place (the old one is swapped out for reuse).
  /// REQUIRES: !is_table(); `kept` holds whole lines of slices(), in order.
  void keep_slices(std::vector<Slice>& kept, std::uint64_t records);

  /// True when the content is a byte stream that batch borders may cut anywhere, not whole records.
  bool is_stream() const noexcept { return is_stream_; }
  void set_stream(bool is_stream) noexcept { is_stream_ = is_stream; }

  /// True when the bytes are what the last rewrite made; false when that one left the batch as it
  /// was, or there was none.
  bool is_rewritten() const noexcept { return is_rewritten_; }
  void set_rewritten(bool is_rewritten) noexcept { is_rewritten_ = is_rewritten; }

  /// Changes to table form: one row per wanted line, 12 bytes each. Does nothing in table form.
  void make_table();
  /// Table form: all rows, selected or not. REQUIRES: is_table().
  std::span<const Slice> rows() const noexcept { return slices_; }
  /// The numbers of the wanted rows, ascending. REQUIRES: is_table().
  std::span<const std::uint32_t> selection() const noexcept { return selection_; }
  /// Keeps only the rows in `kept`, which takes the selection's place.
  void keep_rows(std::vector<std::uint32_t>& kept);
  /// Makes a table of the given rows, all selected, without columns. Rows may repeat or overlap (a
  /// merge of branches).
  void set_rows(std::vector<Slice>& rows);

  /// Gives the rows other texts: `rows` are slices of `bytes`, one for each row that there is, and
  /// take the place of rows(). The selection, the columns and the bad rows stay. REQUIRES: `bytes`
  /// lies in scratch of the buffer, whose data the cells go on using.
  void set_texts(std::string_view bytes, std::vector<Slice>& rows);

  /// The columns there are. REQUIRES of all that concerns columns: is_table().
  std::span<const Column> columns() const noexcept { return {columns_.data(), column_count_}; }
  std::span<Column> columns() noexcept { return {columns_.data(), column_count_}; }
  /// The column called `name`, or null. Of several it is the last one added.
  const Column* find_column(std::string_view name) const noexcept;
  /// A further column, one missing cell per row. `name` outlives the batch. Invalidates columns().
  Column& add_column(std::string_view name);
  void drop_columns() noexcept { column_count_ = 0; }
  /// Where texts of cells go that are not in bytes().
  TextArena& arena();

  /// Rows, ascending, that a parser could not read and passed on all the same: they have no fields
  /// but `error`, and no condition is true of them.
  std::span<const std::uint32_t> bad_rows() const noexcept { return bad_rows_; }
  void set_bad_rows(std::vector<std::uint32_t>& rows) noexcept { bad_rows_.swap(rows); }

  /// Takes over the columns of `parts`, cell by cell: row i gets those of row `row` of part number
  /// `part`. Cells of columns that a part does not have stay missing. REQUIRES: one place per row.
  struct RowPlace {
    std::uint32_t part = 0;
    std::uint32_t row = 0;
  };
  void take_columns(std::span<const BatchPtr> parts, std::span<const RowPlace> places);

  /// Wants nothing of it, in either form: a start for selecting into.
  void select_nothing() noexcept;

  /// The text of a slice without its line end (LF or CRLF). Any text can be a record's: one that
  /// ends in LF has a further LF behind it in its slice, one that ends in CR has no line end.
  std::string_view text(Slice slice) const noexcept;

  /// Calls visit(std::string_view) for the wanted bytes in order, in the largest pieces there are.
  /// In a piece every record but the last has a line end.
  template <class Visit>
  void for_each_piece(Visit visit) const;

  // --- Order, origin, markers -------------------------------------------------------------------

  /// The key on this edge; keys of enclosing fan-outs lie below it.
  const OrderKey& key() const noexcept { return keys_.back(); }
  void set_key(OrderKey key) { keys_.back() = key; }
  void push_key(OrderKey key) { keys_.push_back(key); }
  void pop_key() { keys_.pop_back(); }
  std::span<const OrderKey> keys() const noexcept { return keys_; }
  void set_keys(std::span<const OrderKey> keys) { keys_.assign(keys.begin(), keys.end()); }

  const Origin& origin() const noexcept { return origin_; }
  void set_origin(Origin origin) noexcept { origin_ = origin; }
  /// What messages call the file or peer that it came from; empty: unknown.
  std::string_view origin_name() const noexcept {
    return origin_name_ ? std::string_view(*origin_name_) : std::string_view();
  }
  void set_origin_name(std::shared_ptr<const std::string> name) noexcept {
    origin_name_ = std::move(name);
  }
  /// Says that it came from where `other` did, as far as messages are concerned.
  void share_origin_name(const Batch& other) noexcept { origin_name_ = other.origin_name_; }

  /// When its bytes were read, or handed out to be read.
  Timestamp read_time() const noexcept { return read_time_; }
  void set_read_time(Timestamp time) noexcept { read_time_ = time; }

  /// What is known of its lines; null: nothing.
  const std::shared_ptr<InputPlace>& input_place() const noexcept { return input_place_; }
  void set_input_place(std::shared_ptr<InputPlace> place) noexcept { input_place_.swap(place); }
  std::uint64_t input_offset(std::uint32_t byte_of_bytes) const noexcept;

  /// The source went quiet behind this batch: what sinks hold back should go out now.
  bool flush() const noexcept { return flush_; }
  void set_flush(bool flush) noexcept { flush_ = flush; }

  /// The last batch of its source: nothing will follow on this edge.
  bool end_of_stream() const noexcept { return end_of_stream_; }
  void set_end_of_stream() noexcept { end_of_stream_ = true; }
  void clear_end_of_stream() noexcept { end_of_stream_ = false; }

  /// Within a stage that makes several files: the next one begins with this batch.
  bool begins_file() const noexcept { return begins_file_; }
  void set_begins_file(bool begins_file) noexcept { begins_file_ = begins_file; }

  /// Work a source left for a loader: what to load and how many bytes of it.
  const std::shared_ptr<const void>& work() const noexcept { return work_; }
  std::uint64_t work_size() const noexcept { return work_size_; }
  void set_work(std::shared_ptr<const void> work, std::uint64_t size) noexcept {
    work_ = std::move(work);
    work_size_ = size;
  }

  /// Let go of when the batch ends: tells whoever gave it that it is gone. Copies do not have it.
  const std::shared_ptr<const void>& lease() const noexcept { return lease_; }
  void set_lease(std::shared_ptr<const void> lease) noexcept { lease_ = std::move(lease); }

  std::span<const ReceiptPtr> receipts() const noexcept { return receipts_; }
  void add_receipt(ReceiptPtr receipt) { receipts_.push_back(std::move(receipt)); }
  /// Takes over a share of all receipts of `from`.
  void add_receipts(const Batch& from);
  void mark_lost() noexcept;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept;

 private:
  friend class BatchPool;
  explicit Batch(BatchPool& pool) : pool_(pool) {}
  void clear() noexcept;
  void clear_columns() noexcept;

  BatchPool& pool_;
  std::atomic<std::uint32_t> references_{0};
  bool is_table_ = false;
  bool is_stream_ = false;
  bool is_rewritten_ = false;
  bool flush_ = false;
  bool end_of_stream_ = false;
  bool begins_file_ = false;
  BufferPtr buffer_;
  std::string_view bytes_;
  std::uint64_t record_count_ = 0;
  std::uint64_t byte_count_ = 0;
  std::vector<Slice> slices_;  ///< Wanted lines in chunk form, all rows in table form.
  std::vector<std::uint32_t> selection_;
  std::vector<Column> columns_;  ///< Those behind column_count_ keep their memory for later.
  std::size_t column_count_ = 0;
  std::vector<std::shared_ptr<TextArena>> arenas_;  ///< The first is its own, to write into.
  std::vector<std::uint32_t> bad_rows_;
  std::vector<OrderKey> keys_;
  Origin origin_;
  std::shared_ptr<const std::string> origin_name_;
  std::shared_ptr<InputPlace> input_place_;
  Timestamp read_time_;
  std::shared_ptr<const void> work_;
  std::uint64_t work_size_ = 0;
  std::shared_ptr<const void> lease_;
  std::vector<ReceiptPtr> receipts_;
};

template <class Visit>
void Batch::for_each_piece(Visit visit) const {
  if (!is_table_) {
    for (const Slice slice : slices_) visit(bytes_.substr(slice.offset, slice.length));
    return;
  }
  Slice piece;
  for (const std::uint32_t row : selection_) {
    const Slice next = slices_[row];
    const std::uint32_t end = piece.offset + piece.length;
    if (end == next.offset && (piece.length == 0 || bytes_[end - 1] == '\n')) {
      piece.length += next.length;
      continue;
    }
    if (piece.length > 0) visit(bytes_.substr(piece.offset, piece.length));
    piece = next;
  }
  if (piece.length > 0) visit(bytes_.substr(piece.offset, piece.length));
}

}  // namespace sluice
