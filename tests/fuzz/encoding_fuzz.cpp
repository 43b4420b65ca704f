// Encodings of any bytes: what they write is read back by the parsers as the texts that went in,
// or, of bytes that are not UTF-8, as what the option `utf8` makes of them. The first byte chooses
// the encoding and the option, the second the width of the buffer; a 0xFE divides two fields.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/utf8.h"
#include "engine/data/batch_pool.h"
#include "engine/data/buffer_pool.h"
#include "stages/support/csv_parser.h"
#include "stages/support/json_parser.h"
#include "stages/support/logfmt_parser.h"
#include "stages/support/record_encoding.h"

namespace {

using namespace sluice;

/// The line that one record of the fields a and b becomes. Once more in memory that is too short: a
/// record that spills must be the same.
std::string line_of(const EncodingPlan& plan, const std::vector<std::string>& texts,
                    std::size_t room) {
  BufferPool buffers({1, 64, 0, 0});
  BatchPool batches;
  const BatchPtr batch = batches.make();
  batch->set_buffer(buffers.try_take());
  std::ranges::copy(std::string_view("x\n"), batch->buffer()->data());
  batch->buffer()->seal(2);
  batch->set_bytes({batch->buffer()->data(), 2}, 1);
  batch->make_table();
  batch->add_column("a").cells[0] = Cell::text(texts[0]);
  batch->add_column("b").cells[0] = Cell::text(texts[1]);

  const std::unique_ptr<RecordEncoding> encoding = make_record_encoding(plan);
  RecordRows rows(encoding->plan().outputs);
  rows.bind(*batch);
  rows.move_to(0);
  EncodedText text;
  text.begin_record();
  encoding->add(rows, text);
  std::string memory(room, '\0');
  EncodedText given;
  given.use(memory);
  given.begin_record();
  encoding->add(rows, given);
  if (given.text() != text.text()) std::abort();
  return std::string(text.text());
}

bool is_valid(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::unique_ptr<RecordParser> parser_of(Encoding encoding) {
  const std::vector<std::string> names{"a", "b"};
  if (encoding == Encoding::jsonl) return std::make_unique<JsonParser>(names);
  if (encoding == Encoding::logfmt) return std::make_unique<LogfmtParser>(names);
  return std::make_unique<CsvParser>(encoding == Encoding::csv ? ',' : '\t',
                                     std::vector<std::size_t>{0, 1});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr Encoding encodings[] = {Encoding::jsonl, Encoding::csv, Encoding::tsv,
                                    Encoding::logfmt};
  EncodingPlan plan;
  plan.encoding = encodings[data[0] % 4];
  plan.utf8 = (data[0] & 4U) != 0 ? InvalidUtf8::escape : InvalidUtf8::replace;
  plan.outputs = {{"a", "a", false}, {"b", "b", false}};
  const std::string all(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t border = std::min(all.find('\xFE'), all.size());
  const std::vector<std::string> texts{all.substr(0, border),
                                       all.substr(std::min(border + 1, all.size()))};

  std::string line = line_of(plan, texts, data[1]);
  if (!line.ends_with('\n')) std::abort();
  if (!is_valid(line)) std::abort();
  line.pop_back();
  // CSV and TSV keep line ends, and a parser is never given such a record.
  if (line.find('\n') != std::string::npos) {
    const bool may = plan.encoding == Encoding::csv || plan.encoding == Encoding::tsv;
    if (!may) std::abort();
    return 0;
  }
  const std::size_t length = line.size();
  line.append(Buffer::slack, '\0');
  std::vector<Cell> cells(2);
  TextArena arena;
  const std::unique_ptr<RecordParser> parser = parser_of(plan.encoding);
  parser->set_columns({&cells[0], &cells[1]});
  if (parser->parse({line.data(), length}, 0, arena)) std::abort();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].type() != Cell::Type::text) std::abort();
    const std::string expected =
        is_valid(texts[i]) ? texts[i] : with_valid_utf8(texts[i], plan.utf8);
    if (cells[i].text() != expected) std::abort();
  }
  return 0;
}
