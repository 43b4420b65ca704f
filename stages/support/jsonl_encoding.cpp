// JSON lines: one object a record, with the fields that the record has.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/json_text.h"
#include "engine/data/scan.h"
#include "stages/support/cell_text.h"
#include "stages/support/json_members.h"
#include "stages/support/json_string.h"
#include "stages/support/record_encoding.h"
#include "stages/support/text_block.h"

namespace sluice {
namespace {

/// `,"status":`, with memory behind it, so that it is copied in whole blocks.
class Key {
 public:
  explicit Key(std::string_view title) : text_("," + json_quoted(title) + ":") {
    size_ = text_.size();
    text_.resize((size_ + TextBlock::size - 1) / TextBlock::size * TextBlock::size);
  }
  /// The room that write() needs.
  std::size_t room() const noexcept { return text_.size(); }
  char* write(char* to) const noexcept {
    for (std::size_t at = 0; at < text_.size(); at += TextBlock::size) {
      TextBlock::load(text_.data() + at).store(to + at);
    }
    return to + size_;
  }

 private:
  std::string text_;
  std::size_t size_ = 0;
};

class JsonLines final : public RecordEncoding {
 public:
  explicit JsonLines(const EncodingPlan& plan) : RecordEncoding(plan), members_(plan.removed) {
    for (const EncodingPlan::Output& output : outputs()) keys_.emplace_back(output.title);
  }

  void add(const RecordRows& rows, EncodedText& out) override {
    if (plan().keeps_text && !rows.is_bad()) {
      append_on_one_line(rows.line(), out);
      return;
    }
    std::size_t begin = out.record_size();
    if (plan().edits_text && !rows.is_bad()) {
      kept_.assign("{");
      members_.append(rows.text(), kept_);
      // Of an object that is left without members the brace is what the first key brings.
      if (kept_.size() > 1) {
        out.append(kept_);
        begin = no_brace;
      }
    }
    for (std::size_t i = 0; i < keys_.size(); ++i) add_member(keys_[i], rows.cell(i), out);
    close(begin, out);
  }

  /// Lines that nobody changed, each with its line end and no other in it.
  bool leaves(const Batch& batch) const override {
    if (!plan().keeps_text || !batch.is_table() || batch.selection().empty()) return false;
    const auto wanted = batch.selection();
    const auto bad = batch.bad_rows();
    const Slice last = batch.rows()[wanted.back()];
    if (!batch.bytes().substr(last.offset, last.length).ends_with('\n')) return false;
    std::uint64_t line_ends = 0;
    batch.for_each_piece([&](std::string_view piece) { line_ends += count_newlines(piece); });
    if (line_ends != wanted.size()) return false;
    return std::none_of(bad.begin(), bad.end(), [&](std::uint32_t row) {
      return std::binary_search(wanted.begin(), wanted.end(), row);
    });
  }

 private:
  static constexpr std::size_t no_brace = ~std::size_t{0};

  /// In JSON a line end can only be white space.
  static void append_on_one_line(std::string_view text, EncodedText& out) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    const std::size_t begin = out.record_size();
    out.append(text);
    char* const copy = out.record() + begin;
    for (std::size_t at = find_newline(text); at != npos; at = find_newline(text, at + 1)) {
      copy[at] = ' ';
    }
    out.append('\n');
  }

  void add_member(const Key& key, const Cell& cell, EncodedText& out) {
    switch (cell.type()) {
      case Cell::Type::missing:
        return;
      case Cell::Type::text:
        add_text(key, cell.text(), out);
        return;
      case Cell::Type::decimal:
      case Cell::Type::json:
        out.wrote(key.write(out.room(key.room())));
        out.append(cell.text());
        return;
      case Cell::Type::null:
      case Cell::Type::boolean:
      case Cell::Type::integer:
      case Cell::Type::real:
      case Cell::Type::timestamp:
      case Cell::Type::duration:
        out.wrote(write_value(key.write(out.room(key.room() + longest_plain_value + 2)), cell));
        return;
    }
  }

  void add_text(const Key& key, std::string_view text, EncodedText& out) {
    const std::size_t begin = out.record_size();
    if (text.size() <= short_json_string) {
      char* to = key.write(out.room(key.room() + json_string_room(text.size())));
      if (char* end = write_json_string(to, text); end != nullptr) {
        out.wrote(end);
        return;
      }
    }
    out.cut_record(begin);
    out.wrote(key.write(out.room(key.room())));
    append_json_string(out, text, validity());
  }

  static char* write_value(char* to, const Cell& cell) noexcept {
    const Cell::Type type = cell.type();
    if (type == Cell::Type::null || (type == Cell::Type::real && !std::isfinite(cell.real()))) {
      return std::ranges::copy(std::string_view("null"), to).out;
    }
    const bool is_quoted = type == Cell::Type::timestamp || type == Cell::Type::duration;
    if (!is_quoted) return write_plain_value(to, cell);
    *to = '"';
    to = write_plain_value(to + 1, cell);
    *to = '"';
    return to + 1;
  }

  /// Ends the object. Its first key, at `begin`, has a comma where the brace belongs.
  static void close(std::size_t begin, EncodedText& out) {
    if (begin == out.record_size()) {
      out.append("{}\n");
      return;
    }
    if (begin != no_brace) out.record()[begin] = '{';
    out.append("}\n");
  }

  std::vector<Key> keys_;
  JsonMembers members_;
  std::string kept_;  ///< Of the text of a record: what is left of it.
};

}  // namespace

std::unique_ptr<RecordEncoding> make_jsonl_encoding(const EncodingPlan& plan) {
  return std::make_unique<JsonLines>(plan);
}

}  // namespace sluice
