#include "stages/support/record_encoder.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/escape.h"
#include "engine/base/json_text.h"
#include "engine/base/utf8.h"
#include "engine/data/scan.h"
#include "stages/support/cell_text.h"
#include "stages/support/json_members.h"

namespace sluice {
namespace {

using Output = EncodingPlan::Output;

/// The cells of one record, found once per batch.
class Row {
 public:
  explicit Row(const std::vector<Output>& outputs) : outputs_(outputs) {}

  /// `rows` are those of the batch; it need not be a table to have some.
  void bind(const Batch& batch, std::span<const Slice> rows) {
    batch_ = &batch;
    rows_ = rows;
    columns_.clear();
    for (const Output& output : outputs_) {
      const bool has_column = batch.is_table() && !output.field.empty();
      columns_.push_back(has_column ? batch.find_column(output.field) : nullptr);
    }
  }
  void move_to(std::uint32_t row) noexcept { row_ = row; }

  Cell cell(std::size_t output) const {
    if (outputs_[output].field.empty()) return Cell::text(text());
    return columns_[output] == nullptr ? Cell() : columns_[output]->cells[row_];
  }
  std::string_view text() const { return batch_->text(rows_[row_]); }
  bool is_bad() const {
    const auto bad = batch_->bad_rows();
    return std::binary_search(bad.begin(), bad.end(), row_);
  }

 private:
  const std::vector<Output>& outputs_;
  const Batch* batch_ = nullptr;
  std::span<const Slice> rows_;
  std::vector<const Column*> columns_;
  std::uint32_t row_ = 0;
};

/// What one format makes of records. Appends to the text that goes out next.
class Format {
 public:
  explicit Format(EncodingPlan plan) : plan_(std::move(plan)) {}
  Format(const Format&) = delete;
  Format& operator=(const Format&) = delete;
  virtual ~Format() = default;
  /// In front of the first record; also when there is none.
  virtual void begin(std::string& /*out*/) {}
  virtual void add(const Row& row, std::string& out) = 0;
  /// Behind the last record.
  virtual void end(std::string& /*out*/) {}
  const EncodingPlan& plan() const noexcept { return plan_; }

 protected:
  const std::vector<Output>& outputs() const noexcept { return plan_.outputs; }

 private:
  EncodingPlan plan_;
};

class JsonLines final : public Format {
 public:
  explicit JsonLines(EncodingPlan plan)
      : Format(std::move(plan)), members_(Format::plan().removed) {
    for (const Output& output : outputs()) keys_.push_back(json_quoted(output.title) + ":");
  }

  void add(const Row& row, std::string& out) override {
    if (plan().keeps_text && !row.is_bad()) {
      out += row.text();
      out += '\n';
      return;
    }
    char separator = '{';
    if (plan().edits_text && !row.is_bad()) {
      out += '{';
      const std::size_t begin = out.size();
      members_.append(row.text(), out);
      // Members that follow need a comma, or nothing behind the brace that is already there.
      separator = out.size() > begin ? ',' : '{';
      if (separator == '{') out.pop_back();
    }
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const Cell cell = row.cell(i);
      if (cell.is_missing()) continue;
      out += std::exchange(separator, ',');
      out += keys_[i];
      append_json(out, cell);
    }
    out += separator == '{' ? "{}\n" : "}\n";
  }

 private:
  std::vector<std::string> keys_;  ///< `"status":`
  JsonMembers members_;
};

/// RFC 4180, with LF for a line end. Null and missing are empty.
class Csv final : public Format {
 public:
  using Format::Format;

  void begin(std::string& out) override {
    for (std::size_t i = 0; i < outputs().size(); ++i) {
      if (i > 0) out += ',';
      append_quoted(outputs()[i].title, out);
    }
    out += '\n';
  }

  void add(const Row& row, std::string& out) override {
    for (std::size_t i = 0; i < outputs().size(); ++i) {
      if (i > 0) out += ',';
      const Cell cell = row.cell(i);
      if (cell.type() == Cell::Type::text || cell.type() == Cell::Type::json) {
        append_quoted(cell.text(), out);
      } else {
        append_plain(out, cell);
      }
    }
    out += '\n';
  }

 private:
  void append_quoted(std::string_view text, std::string& out) const {
    // A line of one empty field would be an empty line, which readers skip.
    const bool alone = text.empty() && outputs().size() == 1;
    if (!alone && text.find_first_of(",\"\r\n") == std::string_view::npos) {
      out += text;
      return;
    }
    out += '"';
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
};

/// Columns under their titles, numbers to the right.
class Table final : public Format {
 public:
  explicit Table(EncodingPlan plan) : Format(std::move(plan)) {
    for (const Output& output : outputs()) widths_.push_back(utf8_count(output.title));
  }

  void add(const Row& row, std::string& out) override {
    std::vector<Entry> line;
    for (std::size_t i = 0; i < outputs().size(); ++i) {
      const Cell cell = row.cell(i);
      std::string text;
      append_plain(text, cell);
      line.push_back({escape(text), cell.is_number()});
    }
    if (is_open_) {
      write(line, out);
      return;
    }
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths_[i] = std::max(widths_[i], utf8_count(line[i].text));
      held_bytes_ += line[i].text.size();
    }
    held_.push_back(std::move(line));
    if (held_bytes_ >= table_head_bytes) open(out);
  }

  void end(std::string& out) override {
    if (!is_open_) open(out);
  }

 private:
  struct Entry {
    std::string text;
    bool to_the_right = false;
  };

  void open(std::string& out) {
    is_open_ = true;
    std::vector<Entry> titles;
    for (const Output& output : outputs()) titles.push_back({output.title, output.is_number});
    write(titles, out);
    for (const std::vector<Entry>& line : held_) write(line, out);
    held_.clear();
  }

  void write(const std::vector<Entry>& line, std::string& out) const {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::size_t length = utf8_count(line[i].text);
      const std::size_t blanks = widths_[i] - std::min(widths_[i], length);
      if (i > 0) out += "  ";
      if (line[i].to_the_right) out.append(blanks, ' ');
      out += line[i].text;
      if (!line[i].to_the_right && i + 1 < line.size()) out.append(blanks, ' ');
    }
    out += '\n';
  }

  std::vector<std::size_t> widths_;
  std::vector<std::vector<Entry>> held_;
  std::size_t held_bytes_ = 0;
  bool is_open_ = false;
};

class RecordEncoder final : public Expander {
 public:
  explicit RecordEncoder(std::unique_ptr<Format> format)
      : format_(std::move(format)), row_(format_->plan().outputs) {}

  Result<Next> expand(const Batch& in, Batch& out) override {
    begin();
    const std::size_t count = bind(in);
    fill_ = 0;
    std::uint64_t records = 0;
    while (flush_into(out) && next_ < count) {
      row_.move_to(in.is_table() ? in.selection()[next_] : static_cast<std::uint32_t>(next_));
      format_->add(row_, text_);
      ++next_;
      ++records;
    }
    const bool done = written_ == text_.size() && next_ == count;
    seal(out, records);
    if (!done) return Next::again;
    next_ = 0;
    lines_.clear();
    return Next::input;
  }

  Result<Next> finish(Batch& out) override {
    begin();
    if (!std::exchange(ended_, true)) format_->end(text_);
    fill_ = 0;
    flush_into(out);
    seal(out, 0);
    return written_ < text_.size() ? Next::again : Next::input;
  }

 private:
  void begin() {
    if (!std::exchange(begun_, true)) format_->begin(text_);
  }

  /// Answers how many records there are. Those that came as plain lines are cut here.
  std::size_t bind(const Batch& in) {
    if (in.is_table()) {
      row_.bind(in, in.rows());
      return in.selection().size();
    }
    if (lines_.empty()) {
      for (const Slice slice : in.slices()) {
        append_lines(in.bytes().substr(slice.offset, slice.length), slice.offset, lines_);
      }
    }
    row_.bind(in, lines_);
    return lines_.size();
  }

  /// Copies what is encoded to `out`; false when that is full.
  bool flush_into(Batch& out) {
    Buffer& buffer = *out.buffer();
    const std::size_t count = std::min(buffer.size() - fill_, text_.size() - written_);
    std::memcpy(buffer.data() + fill_, text_.data() + written_, count);
    fill_ += count;
    written_ += count;
    if (written_ < text_.size()) return false;
    text_.clear();
    written_ = 0;
    return fill_ < buffer.size();
  }

  void seal(Batch& out, std::uint64_t records) const {
    out.buffer()->seal(fill_);
    out.set_bytes({out.buffer()->data(), fill_}, records);
    out.set_stream(true);
  }

  std::unique_ptr<Format> format_;
  Row row_;
  std::vector<Slice> lines_;  ///< Of an input that is no table, while it is being read.
  std::string text_;          ///< Encoded and not sent yet, from written_ on.
  std::size_t written_ = 0;
  std::size_t fill_ = 0;  ///< Of the output at hand.
  std::size_t next_ = 0;  ///< The wanted row to encode next.
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Expander> make_record_encoder(const EncodingPlan& plan) {
  std::unique_ptr<Format> format;
  if (plan.encoding == Encoding::csv) {
    format = std::make_unique<Csv>(plan);
  } else if (plan.encoding == Encoding::table) {
    format = std::make_unique<Table>(plan);
  } else {
    format = std::make_unique<JsonLines>(plan);
  }
  return std::make_unique<RecordEncoder>(std::move(format));
}

}  // namespace sluice
