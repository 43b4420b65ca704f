// The parsers of records, on any bytes: that they stay within them, and that a field is the same
// whichever others are wanted beside it. The first byte chooses the format, the second one which
// fields are wanted together.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/buffer_pool.h"
#include "engine/data/compare.h"
#include "stages/support/record_format.h"

namespace {

using namespace sluice;

struct Format {
  RecordFormat format;
  std::vector<std::string> fields;
  /// A record is checked to its end, whatever is wanted of it.
  bool checks_all = false;
};

Format bound(FormatOptions options, std::vector<std::string> fields, bool checks_all) {
  FormatMistake mistake;
  std::optional<RecordFormat> format = find_record_format(options.format)->bind(options, mistake);
  if (!format) std::abort();
  if (fields.empty()) fields = format->schema.names();
  return {*std::move(format), std::move(fields), checks_all};
}

FormatOptions options_of(std::string name) {
  FormatOptions options;
  options.format = std::move(name);
  return options;
}

std::vector<Format> all_formats() {
  std::vector<Format> all;
  all.push_back(bound(options_of("json"), {"a", "b.c", "b", "level", "d\\.e"}, true));
  all.push_back(bound(options_of("combined"), {}, false));
  all.push_back(bound(options_of("common"), {}, false));
  all.push_back(bound(options_of("logfmt"), {"a", "b\\.c", "level", "msg", "took"}, true));
  for (const char* separated : {"csv", "tsv"}) {
    FormatOptions options = options_of(separated);
    options.columns = {"a", "b.c", "d"};
    all.push_back(bound(std::move(options), {}, true));
  }
  all.push_back(
      bound(options_of("$remote_addr:$remote_port - $remote_user [$time_local] "
                       "\"$request\" $status $request_time $upstream_response_time \"$x\""),
            {}, false));
  for (const char* zone : {"UTC", "+01:00"}) {
    FormatOptions options = options_of("syslog");
    options.zone = zone;
    options.now = 1'764'000'000;
    all.push_back(
        bound(std::move(options),
              {"priority", "facility", "severity", "severity_number", "timestamp", "host", "app",
               "pid", "msgid", "message", "data", "data.a", "data.a.b", "data.e@1.n"},
              true));
  }
  FormatOptions regex = options_of("regex");
  regex.pattern = R"((?P<time>\S+) (?:\[(?P<level>\w*)\])?(?P<rest>.*)$)";
  all.push_back(bound(std::move(regex), {}, true));
  return all;
}

struct Parsed {
  std::string_view problem;
  std::vector<Cell> cells;
};

Parsed parse(const Format& format, const std::vector<std::string>& wanted, std::string_view text,
             TextArena& arena) {
  const auto parser = format.format.make_parser(wanted);
  Parsed parsed;
  parsed.cells.resize(wanted.size());
  std::vector<Cell*> places;
  for (Cell& cell : parsed.cells) places.push_back(&cell);
  parser->set_columns(std::move(places));
  const ParseProblem problem = parser->parse(text, 0, arena);
  if (problem && problem.offset > text.size()) std::abort();
  parsed.problem = problem.reason;
  return parsed;
}

/// Texts must lie where they may be read.
void read_all(const std::vector<Cell>& cells) {
  volatile unsigned sum = 0;
  for (const Cell& cell : cells) {
    const bool has_text = cell.type() == Cell::Type::text || cell.type() == Cell::Type::json ||
                          cell.type() == Cell::Type::decimal;
    if (!has_text) continue;
    for (const char c : cell.text()) sum = sum + static_cast<unsigned char>(c);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Format> formats = all_formats();
  if (size < 2) return 0;
  const Format& format = formats[data[0] % formats.size()];
  // A copy of its own, so that a sanitizer sees what is read behind it.
  const std::size_t length = size - 2;
  const auto copy = std::make_unique<char[]>(length + Buffer::slack);  // NOLINT(*-avoid-c-arrays)
  std::memcpy(copy.get(), data + 2, length);
  const std::string_view record(copy.get(), length);

  TextArena arena;
  const Parsed all = parse(format, format.fields, record, arena);
  if (all.problem.empty()) read_all(all.cells);
  const auto compare = [&](const std::vector<std::size_t>& numbers) {
    std::vector<std::string> wanted;
    for (const std::size_t number : numbers) wanted.push_back(format.fields[number]);
    const Parsed some = parse(format, wanted, record, arena);
    if (format.checks_all && some.problem != all.problem) std::abort();
    // What all fields were found in, some are found in as well.
    if (all.problem.empty() && !some.problem.empty()) std::abort();
    if (!all.problem.empty()) return;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (order(some.cells[i], all.cells[numbers[i]]) != 0) std::abort();
    }
  };
  std::vector<std::size_t> chosen;
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < format.fields.size(); ++i) {
    compare({i});
    ((data[1] >> (i % 8)) % 2 != 0 ? chosen : others).push_back(i);
  }
  compare(chosen);
  std::reverse(others.begin(), others.end());
  compare(others);
  return 0;
}
