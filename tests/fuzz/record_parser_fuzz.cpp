// The parsers of records, on any bytes: that they stay within them, and that a field is the same
// whichever others are wanted beside it. The first byte chooses the format.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/buffer_pool.h"
#include "engine/data/compare.h"
#include "stages/support/access_log_parser.h"
#include "stages/support/json_parser.h"

namespace {

using namespace sluice;

struct Parsed {
  std::string_view problem;
  std::vector<Cell> cells;
};

Parsed parse(RecordParser& parser, std::size_t fields, std::string_view text, TextArena& arena) {
  Parsed parsed;
  parsed.cells.resize(fields);
  std::vector<Cell*> places;
  for (Cell& cell : parsed.cells) places.push_back(&cell);
  parser.set_columns(std::move(places));
  parsed.problem = parser.parse(text, 0, arena).reason;
  return parsed;
}

std::unique_ptr<RecordParser> make(unsigned format, const std::vector<std::string>& wanted) {
  if (format == 0) return std::make_unique<JsonParser>(wanted);
  return std::make_unique<AccessLogParser>(
      format == 1 ? AccessLogFormat::combined : AccessLogFormat::common, wanted);
}

std::vector<std::string> fields_of(unsigned format) {
  if (format == 0) return {"a", "b.c", "b", "level", "d\\.e"};
  std::vector<std::string> names;
  const auto log = format == 1 ? AccessLogFormat::combined : AccessLogFormat::common;
  for (const Field& field : access_log_fields(log)) names.push_back(field.name);
  return names;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned format = data[0] % 3;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t length = std::min(text.find('\n'), text.size());
  text.resize(length);
  text.append(Buffer::slack, '\0');
  const std::string_view record(text.data(), length);

  TextArena arena;
  const std::vector<std::string> names = fields_of(format);
  const Parsed all = parse(*make(format, names), names.size(), record, arena);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Parsed one = parse(*make(format, {names[i]}), 1, record, arena);
    // JSON is checked to its end whatever is wanted, an access log where it is read.
    if (format == 0 && one.problem != all.problem) std::abort();
    if (!one.problem.empty() || !all.problem.empty()) continue;
    if (order(one.cells.front(), all.cells[i]) != 0) std::abort();
  }
  return 0;
}
