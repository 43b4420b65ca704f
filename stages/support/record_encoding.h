// What one encoding makes of records. Each encoding is one file; a new one is a further file and a
// line in make_record_encoding().
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/batch.h"
#include "stages/support/encoded_text.h"
#include "stages/support/encoding.h"
#include "stages/support/text_validity.h"

namespace sluice {

/// The wanted records of a batch, one after the other, with the cells that an output wants. What
/// belongs to a batch is looked up once.
class RecordRows {
 public:
  explicit RecordRows(const std::vector<EncodingPlan::Output>& outputs) : outputs_(outputs) {}

  /// Turns to the records of `batch`, which need be no table, and outlives the use of them.
  void bind(const Batch& batch);
  std::size_t count() const noexcept { return count_; }
  /// To the wanted record number `number`.
  void move_to(std::size_t number) noexcept {
    row_ = batch_->is_table() ? selection_[number] : number;
  }

  std::size_t outputs() const noexcept { return columns_.size(); }
  /// The cell of output number `output`.
  Cell cell(std::size_t output) const noexcept {
    const Place& place = columns_[output];
    if (place.cells != nullptr) return place.cells[row_];
    return place.is_text ? Cell::text(text()) : Cell();
  }
  std::string_view text() const noexcept { return batch_->text(rows_[row_]); }
  /// The text with its line end, if it has one.
  std::string_view line() const noexcept {
    return batch_->bytes().substr(rows_[row_].offset, rows_[row_].length);
  }
  /// Where the record begins in the batch's bytes.
  std::uint32_t offset() const noexcept { return rows_[row_].offset; }
  /// A parser could not read it.
  bool is_bad() const noexcept {
    return !bad_rows_.empty() && std::binary_search(bad_rows_.begin(), bad_rows_.end(), row_);
  }

 private:
  struct Place {
    const Cell* cells = nullptr;  ///< By row.
    bool is_text = false;         ///< The record's own text.
  };

  const std::vector<EncodingPlan::Output>& outputs_;
  const Batch* batch_ = nullptr;
  std::vector<Slice> lines_;  ///< Of a batch that is no table.
  std::span<const Slice> rows_;
  std::span<const std::uint32_t> selection_;  ///< Of a table.
  std::size_t count_ = 0;
  std::span<const std::uint32_t> bad_rows_;
  std::vector<Place> columns_;
  std::size_t row_ = 0;
};

/// One instance for each thread that encodes. What it writes for a record depends on the record
/// alone, unless has_memory().
class RecordEncoding {
 public:
  explicit RecordEncoding(const EncodingPlan& plan) : plan_(plan), validity_(plan.utf8) {}
  RecordEncoding(const RecordEncoding&) = delete;
  RecordEncoding& operator=(const RecordEncoding&) = delete;
  virtual ~RecordEncoding() = default;

  /// It looks at several records together, so that a single instance must see all of them.
  virtual bool has_memory() const noexcept { return false; }
  /// It writes something in front of the first record, also when there is none.
  virtual bool has_head() const noexcept { return false; }
  virtual void begin(EncodedText& /*out*/) {}
  /// Appends the record that `rows` is at: whole lines, with their line ends.
  virtual void add(const RecordRows& rows, EncodedText& out) = 0;
  /// Behind the last record.
  virtual void end(EncodedText& /*out*/) {}
  /// What it would write for `batch` is what stands in it.
  virtual bool leaves(const Batch& /*batch*/) const { return false; }

  const EncodingPlan& plan() const noexcept { return plan_; }
  /// It met text that is not UTF-8, and must not; or see failure().
  virtual bool has_failed() const noexcept { return validity_.has_failed(); }
  /// What else is wrong with the record that made it fail; empty: nothing.
  virtual std::string failure() const { return {}; }

 protected:
  const std::vector<EncodingPlan::Output>& outputs() const noexcept { return plan_.outputs; }
  TextValidity& validity() noexcept { return validity_; }

 private:
  const EncodingPlan plan_;
  TextValidity validity_;
};

std::unique_ptr<RecordEncoding> make_jsonl_encoding(const EncodingPlan& plan);
/// With a separator between fields: `,` or a tab.
std::unique_ptr<RecordEncoding> make_csv_encoding(const EncodingPlan& plan, char separator);
std::unique_ptr<RecordEncoding> make_logfmt_encoding(const EncodingPlan& plan);
std::unique_ptr<RecordEncoding> make_template_encoding(const EncodingPlan& plan);
std::unique_ptr<RecordEncoding> make_table_encoding(const EncodingPlan& plan);

/// The text of records, with an LF.
std::unique_ptr<RecordEncoding> make_raw_encoding(const EncodingPlan& plan);
/// What `inner` writes, which ends in an LF, with what the plan's framing has in place of that. A
/// record that cannot be told from others makes it fail. REQUIRES: `inner` writes nothing but
/// records, and each from itself alone.
std::unique_ptr<RecordEncoding> make_framed_encoding(const EncodingPlan& plan,
                                                     std::unique_ptr<RecordEncoding> inner);

/// The encoding of the plan, framed as it says.
std::unique_ptr<RecordEncoding> make_record_encoding(const EncodingPlan& plan);

/// How many bytes of a table are looked at before its first row is written; a later row that is
/// wider than they are stands out.
inline constexpr std::size_t table_head_bytes = 256 << 10;

}  // namespace sluice
