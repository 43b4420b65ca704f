// Columns under their titles, numbers to the right, for people. Control bytes and invalid UTF-8 are
// escaped.
#include <algorithm>

#include "engine/base/escape.h"
#include "engine/base/utf8.h"
#include "stages/support/cell_text.h"
#include "stages/support/record_encoding.h"

namespace sluice {
namespace {

class Table final : public RecordEncoding {
 public:
  explicit Table(const EncodingPlan& plan) : RecordEncoding(plan) {
    for (const EncodingPlan::Output& output : outputs()) {
      widths_.push_back(utf8_count(output.title));
    }
  }

  bool has_memory() const noexcept override { return true; }

  void add(const RecordRows& rows, EncodedText& out) override {
    std::vector<Entry> line;
    for (std::size_t i = 0; i < rows.outputs(); ++i) {
      const Cell cell = rows.cell(i);
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

  void end(EncodedText& out) override {
    if (!is_open_) open(out);
  }

 private:
  struct Entry {
    std::string text;
    bool to_the_right = false;
  };

  void open(EncodedText& out) {
    is_open_ = true;
    std::vector<Entry> titles;
    for (const EncodingPlan::Output& output : outputs()) {
      titles.push_back({output.title, output.is_number});
    }
    write(titles, out);
    for (const std::vector<Entry>& line : held_) write(line, out);
    held_.clear();
  }

  void write(const std::vector<Entry>& line, EncodedText& out) const {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::size_t length = utf8_count(line[i].text);
      const std::size_t blanks = widths_[i] - std::min(widths_[i], length);
      if (i > 0) text += "  ";
      if (line[i].to_the_right) text.append(blanks, ' ');
      text += line[i].text;
      if (!line[i].to_the_right && i + 1 < line.size()) text.append(blanks, ' ');
    }
    text += '\n';
    out.append(text);
  }

  std::vector<std::size_t> widths_;
  std::vector<std::vector<Entry>> held_;
  std::size_t held_bytes_ = 0;
  bool is_open_ = false;
};

}  // namespace

std::unique_ptr<RecordEncoding> make_table_encoding(const EncodingPlan& plan) {
  return std::make_unique<Table>(plan);
}

}  // namespace sluice
