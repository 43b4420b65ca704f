// Records by the option `template`: its text, with fields in it. Null and missing fields are empty;
// texts stand as they are, line ends among them.
#include "stages/support/cell_text.h"
#include "stages/support/record_encoding.h"
#include "stages/support/text_block.h"

namespace sluice {
namespace {

class Template final : public RecordEncoding {
 public:
  using RecordEncoding::RecordEncoding;

  void add(const RecordRows& rows, EncodedText& out) override {
    const std::vector<std::string>& literals = plan().literals;
    for (std::size_t i = 0; i < rows.outputs(); ++i) {
      out.append(literals[i]);
      const Cell cell = rows.cell(i);
      if (holds_text(cell)) {
        add_text(cell.text(), out);
      } else {
        out.wrote(write_plain_value(out.room(longest_plain_value), cell));
      }
    }
    out.append(literals.back());
  }

 private:
  void add_text(std::string_view text, EncodedText& out) {
    TextCopy copy(text.data(), text.size(), out.room(text.size() + TextBlock::size));
    copy.run([](const TextBlock& /*block*/) { return 0U; });
    if (copy.high == 0) {
      out.wrote(copy.to);
    } else {
      out.append(validity().checked(text));
    }
  }
};

}  // namespace

std::unique_ptr<RecordEncoding> make_template_encoding(const EncodingPlan& plan) {
  return std::make_unique<Template>(plan);
}

}  // namespace sluice
