// logfmt: `key=value` with blanks between, as the parser of that name reads it (logfmt_parser.h),
// so that texts, numbers and booleans come back as they were. Null and missing fields are left out.
//
// A text stands in quotes, with the escapes of a JSON string, when it is empty, has a blank, a
// control byte, a quote, a backslash or `=` in it, or would be read as a number or a boolean. In a
// key, what cannot stand there (blanks, control bytes, quotes, `=`) becomes `_`.
#include <algorithm>

#include "stages/support/cell_text.h"
#include "stages/support/json_string.h"
#include "stages/support/logfmt_parser.h"
#include "stages/support/record_encoding.h"
#include "stages/support/text_block.h"

namespace sluice {
namespace {

std::string key_of(const std::string& title) {
  std::string key = title.empty() ? "_" : title;
  for (char& c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7F || c == '"' || c == '=') c = '_';
  }
  return key + "=";
}

std::uint32_t needs_quotes(const TextBlock& block) noexcept {
  return block.at_most(' ') | block.equal('"') | block.equal('=') | block.equal('\\') |
         block.equal('\x7F');
}

/// Without quotes it would be read as something that is no text.
bool is_misread(std::string_view text) {
  constexpr std::string_view beginnings = "-0123456789tf";
  return text.empty() || (beginnings.find(text.front()) != std::string_view::npos &&
                          bare_logfmt_cell(text).type() != Cell::Type::text);
}

class Logfmt final : public RecordEncoding {
 public:
  explicit Logfmt(const EncodingPlan& plan) : RecordEncoding(plan) {
    for (const EncodingPlan::Output& output : outputs()) keys_.push_back(key_of(output.title));
  }

  void add(const RecordRows& rows, EncodedText& out) override {
    bool is_first = true;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const Cell cell = rows.cell(i);
      if (cell.is_missing() || cell.type() == Cell::Type::null) continue;
      if (!is_first) out.append(' ');
      is_first = false;
      out.append(keys_[i]);
      if (cell.type() == Cell::Type::decimal) {
        out.append(cell.text());
      } else if (holds_text(cell)) {
        add_text(cell.text(), out);
      } else {
        out.wrote(write_plain_value(out.room(longest_plain_value), cell));
      }
    }
    out.append('\n');
  }

 private:
  void add_text(std::string_view text, EncodedText& out) {
    if (!is_misread(text)) {
      TextCopy copy(text.data(), text.size(), out.room(text.size() + TextBlock::size));
      if (!copy.run(needs_quotes) && (copy.high == 0 || is_utf8(text))) {
        out.wrote(copy.to);
        return;
      }
    }
    append_json_string(out, text, validity());
  }

  std::vector<std::string> keys_;  ///< `status=`
};

}  // namespace

std::unique_ptr<RecordEncoding> make_logfmt_encoding(const EncodingPlan& plan) {
  return std::make_unique<Logfmt>(plan);
}

}  // namespace sluice
