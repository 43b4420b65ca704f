// CSV: RFC 4180, with LF for a line end; and the same with tabs. Null and missing fields are empty,
// an empty text is `""`, so that `parse` reads the same fields again. A line of one field is never
// empty, since readers skip empty lines.
#include "stages/support/cell_text.h"
#include "stages/support/record_encoding.h"
#include "stages/support/text_block.h"

namespace sluice {
namespace {

class Csv final : public RecordEncoding {
 public:
  Csv(const EncodingPlan& plan, char separator) : RecordEncoding(plan), separator_(separator) {}

  bool has_head() const noexcept override { return true; }

  void begin(EncodedText& out) override {
    out.begin_record();
    for (std::size_t i = 0; i < outputs().size(); ++i) {
      if (i > 0) out.append(separator_);
      add_text(outputs()[i].title, out);
    }
    out.append('\n');
  }

  void add(const RecordRows& rows, EncodedText& out) override {
    const std::size_t begin = out.record_size();
    for (std::size_t i = 0; i < rows.outputs(); ++i) {
      if (i > 0) out.append(separator_);
      const Cell cell = rows.cell(i);
      if (holds_text(cell)) {
        add_text(cell.text(), out);
      } else {
        out.wrote(write_plain_value(out.room(longest_plain_value), cell));
      }
    }
    if (out.record_size() == begin) out.append("\"\"");
    out.append('\n');
  }

 private:
  void add_text(std::string_view text, EncodedText& out) {
    std::uint32_t high = 0;
    const std::size_t begin = out.record_size();
    add_bytes(text, out, high);
    if (high == 0) return;
    const std::string_view valid = validity().checked(text);
    if (valid.data() == text.data()) return;
    out.cut_record(begin);
    add_bytes(valid, out, high);
  }

  void add_bytes(std::string_view text, EncodedText& out, std::uint32_t& high) const {
    if (text.empty()) {
      out.append("\"\"");
      return;
    }
    TextCopy copy(text.data(), text.size(), out.room(2 * text.size() + TextBlock::size + 2));
    const bool needs_quotes = copy.run([separator = separator_](const TextBlock& block) {
      return block.equal('"') | block.equal(separator) | block.equal('\n') | block.equal('\r');
    });
    if (needs_quotes) {
      copy = TextCopy(text.data(), text.size(), out.room(0));
      *copy.to++ = '"';
      while (copy.run([](const TextBlock& block) { return block.equal('"'); })) {
        *copy.to++ = *copy.from++;
        *copy.to++ = '"';
      }
      *copy.to++ = '"';
    }
    out.wrote(copy.to);
    high |= copy.high;
  }

  char separator_;
};

}  // namespace

std::unique_ptr<RecordEncoding> make_csv_encoding(const EncodingPlan& plan, char separator) {
  return std::make_unique<Csv>(plan, separator);
}

}  // namespace sluice
