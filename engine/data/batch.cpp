#include "engine/data/batch.h"

#include <algorithm>
#include <limits>

#include "engine/data/batch_pool.h"
#include "engine/data/scan.h"

namespace sluice {
namespace {

constexpr std::size_t every_line = std::numeric_limits<std::size_t>::max();

}  // namespace

void Batch::set_bytes(std::string_view bytes, std::uint64_t records) {
  bytes_ = bytes;
  is_table_ = false;
  selection_.clear();
  clear_columns();
  slices_.clear();
  if (!bytes.empty()) slices_.push_back({0, static_cast<std::uint32_t>(bytes.size())});
  record_count_ = records;
  byte_count_ = bytes.size();
}

void Batch::set_bytes(std::string_view bytes, std::vector<Slice>& wanted, std::uint64_t records) {
  set_bytes(bytes, records);
  keep_slices(wanted, records);
}

void Batch::keep_slices(std::vector<Slice>& kept, std::uint64_t records) {
  slices_.swap(kept);
  record_count_ = records;
  byte_count_ = 0;
  for (const Slice slice : slices_) byte_count_ += slice.length;
}

void Batch::make_table() {
  if (is_table_) return;
  std::vector<Slice> rows;
  rows.reserve(record_count_);
  for (const Slice slice : slices_) {
    append_lines(bytes_.substr(slice.offset, slice.length), slice.offset, rows, every_line);
  }
  set_rows(rows);
}

void Batch::set_rows(std::vector<Slice>& rows) {
  is_table_ = true;
  clear_columns();  // Their cells stand for other rows.
  slices_.swap(rows);
  selection_.resize(slices_.size());
  byte_count_ = 0;
  for (std::uint32_t row = 0; row < slices_.size(); ++row) {
    selection_[row] = row;
    byte_count_ += slices_[row].length;
  }
  record_count_ = slices_.size();
}

void Batch::keep_rows(std::vector<std::uint32_t>& kept) {
  selection_.swap(kept);
  record_count_ = selection_.size();
  byte_count_ = 0;
  for (const std::uint32_t row : selection_) byte_count_ += slices_[row].length;
}

void Batch::set_texts(std::string_view bytes, std::vector<Slice>& rows) {
  bytes_ = bytes;
  slices_.swap(rows);
  byte_count_ = 0;
  for (const std::uint32_t row : selection_) byte_count_ += slices_[row].length;
}

void Batch::select_nothing() noexcept {
  if (is_table_) {
    selection_.clear();
  } else {
    slices_.clear();
  }
  record_count_ = 0;
  byte_count_ = 0;
}

std::string_view Batch::text(Slice slice) const noexcept {
  std::string_view text = bytes_.substr(slice.offset, slice.length);
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
  }
  return text;
}

const Column* Batch::find_column(std::string_view name) const noexcept {
  const auto all = columns();
  const auto found = std::find_if(all.rbegin(), all.rend(),
                                  [&](const Column& column) { return column.name == name; });
  return found == all.rend() ? nullptr : &*found;
}

Column& Batch::add_column(std::string_view name) {
  if (column_count_ == columns_.size()) columns_.emplace_back();
  Column& column = columns_[column_count_++];
  column.name = name;
  column.cells.assign(slices_.size(), Cell());
  return column;
}

TextArena& Batch::arena() {
  if (arenas_.empty()) arenas_.emplace_back();
  if (arenas_.front() == nullptr) arenas_.front() = std::make_shared<TextArena>();
  return *arenas_.front();
}

void Batch::take_columns(std::span<const BatchPtr> parts, std::span<const RowPlace> places) {
  const auto cells_of = [&](std::string_view name) -> std::vector<Cell>& {
    for (std::size_t i = 0; i < column_count_; ++i) {
      if (columns_[i].name == name) return columns_[i].cells;
    }
    return add_column(name).cells;
  };
  for (std::uint32_t part = 0; part < parts.size(); ++part) {
    for (const Column& from : parts[part]->columns()) {
      std::vector<Cell>& cells = cells_of(from.name);
      for (std::size_t row = 0; row < places.size(); ++row) {
        if (places[row].part == part) cells[row] = from.cells[places[row].row];
      }
    }
    if (arenas_.empty()) arenas_.emplace_back();
    for (const auto& arena : parts[part]->arenas_) arenas_.push_back(arena);
  }
  for (std::uint32_t row = 0; row < places.size(); ++row) {
    const auto bad = parts[places[row].part]->bad_rows();
    if (std::binary_search(bad.begin(), bad.end(), places[row].row)) bad_rows_.push_back(row);
  }
}

void Batch::clear_columns() noexcept {
  column_count_ = 0;
  arenas_.clear();
  bad_rows_.clear();
}

std::uint64_t Batch::input_offset(std::uint32_t byte) const noexcept {
  const std::uint64_t offset = origin_.offset + byte;
  if (!input_place_) return offset;
  return offset + input_place_->missing_before(byte).bytes - input_place_->added_before(byte);
}

void Batch::add_receipts(const Batch& from) {
  receipts_.insert(receipts_.end(), from.receipts_.begin(), from.receipts_.end());
}

void Batch::mark_lost() noexcept {
  for (const ReceiptPtr& receipt : receipts_) receipt->mark_lost();
}

void Batch::drop_reference() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) pool_.give_back(*this);
}

void Batch::clear() noexcept {
  // The token goes home first, so that whoever sees the batch gone sees the token free as well.
  work_.reset();
  lease_.reset();
  buffer_.reset();
  receipts_.clear();
  bytes_ = {};
  is_table_ = false;
  is_stream_ = false;
  is_rewritten_ = false;
  flush_ = false;
  end_of_stream_ = false;
  begins_file_ = false;
  record_count_ = 0;
  byte_count_ = 0;
  slices_.clear();
  selection_.clear();
  clear_columns();
  keys_.clear();
  origin_ = {};
  origin_name_.reset();
  input_place_.reset();
  read_time_ = {};
  work_size_ = 0;
}

BatchPool::~BatchPool() = default;

BatchPtr BatchPool::make() {
  Batch* batch = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      all_.push_back(std::unique_ptr<Batch>(new Batch(*this)));  // NOLINT: private constructor
      free_.reserve(all_.size());
      batch = all_.back().get();
    } else {
      batch = free_.back();
      free_.pop_back();
    }
  }
  in_flight_.fetch_add(1);
  batch->references_.store(1, std::memory_order_relaxed);
  batch->keys_.push_back({});
  return BatchPtr::adopt(batch);
}

BatchPtr BatchPool::clone(const Batch& batch) {
  BatchPtr copy = clone(batch, {});
  for (const Column& column : batch.columns()) {
    copy->add_column(column.name).cells = column.cells;
  }
  return copy;
}

BatchPtr BatchPool::clone(const Batch& batch, std::span<const std::string> columns) {
  BatchPtr copy = make();
  copy->is_table_ = batch.is_table_;
  copy->is_stream_ = batch.is_stream_;
  copy->is_rewritten_ = batch.is_rewritten_;
  copy->flush_ = batch.flush_;
  copy->end_of_stream_ = batch.end_of_stream_;
  copy->begins_file_ = batch.begins_file_;
  copy->buffer_ = batch.buffer_;
  copy->bytes_ = batch.bytes_;
  copy->record_count_ = batch.record_count_;
  copy->byte_count_ = batch.byte_count_;
  copy->slices_ = batch.slices_;
  copy->selection_ = batch.selection_;
  for (const std::string& name : columns) {
    const Column* column = batch.find_column(name);
    if (column != nullptr) copy->add_column(column->name).cells = column->cells;
  }
  copy->arenas_ = batch.arenas_;
  if (!copy->arenas_.empty()) copy->arenas_.insert(copy->arenas_.begin(), nullptr);
  copy->bad_rows_ = batch.bad_rows_;
  copy->keys_ = batch.keys_;
  copy->origin_ = batch.origin_;
  copy->origin_name_ = batch.origin_name_;
  copy->input_place_ = batch.input_place_;
  copy->read_time_ = batch.read_time_;
  copy->add_receipts(batch);
  return copy;
}

void BatchPool::give_back(Batch& batch) noexcept {
  batch.clear();
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(&batch);
  }
  in_flight_.fetch_sub(1);
  if (hook_) hook_();
}

}  // namespace sluice
